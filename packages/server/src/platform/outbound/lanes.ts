// The lanes of this process, one per connection, made when first used, and the room they share. Callers keep keys, not
// lanes: a lane that was forgotten answers nobody any more.
import { createLane, type LaneDeps } from './create-lane.ts';
import type { Lane, LaneKind } from './lane.ts';
import { PROCESS_ROOM, Room, type RoomLimits } from './room.ts';

export interface Lanes {
  /**
   * The lane of a connection.
   *
   * @param key names the connection; it appears nowhere outside
   * @param kind the same for every use of one key
   * @throws a fault when the key's lane is of another kind
   */
  lane(key: string, kind: LaneKind): Lane;
  /**
   * Ends what waits in a connection's lane, drops its state and closes its unused connections. Exchanges that have begun
   * come to their end.
   */
  forget(key: string): void;
  /** Does that with every lane; what is asked afterwards fails as `aborted`. */
  close(): void;
}

export interface LanesDeps extends Omit<LaneDeps, 'room'> {
  /** What they may have under way together; `PROCESS_ROOM` unless said. */
  readonly limits?: RoomLimits;
}

export function createLanes({ limits = PROCESS_ROOM, ...given }: LanesDeps): Lanes {
  const deps: LaneDeps = { ...given, room: new Room(limits, given) };
  const held = new Map<string, { readonly lane: Lane; readonly kind: string; readonly controller: AbortController }>();
  let isClosed = false;
  const forget = (key: string): void => {
    held.get(key)?.controller.abort();
    held.delete(key);
  };
  const make = (kind: LaneKind): { lane: Lane; kind: string; controller: AbortController } => {
    const controller = new AbortController();
    if (isClosed) controller.abort();
    return { lane: createLane(deps, kind, controller.signal), kind: kind.name, controller };
  };
  return {
    lane: (key, kind) => {
      const known = held.get(key) ?? make(kind);
      if (known.kind !== kind.name) throw new Error('a lane has one kind');
      if (!isClosed) held.set(key, known);
      return known.lane;
    },
    forget,
    close: () => {
      isClosed = true;
      for (const key of held.keys()) forget(key);
    },
  };
}
