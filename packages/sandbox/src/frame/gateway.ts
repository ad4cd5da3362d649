// Leads each request to the stand-in it is for, notes what was asked, and lets ordered faults happen. What a stand-in throws
// becomes a plain 500, and is said aloud.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from './faults.ts';
import { answerWithFaults, roadOf } from './play-fault.ts';
import { isOwnHost, MAX_BODY_BYTES, readExchange, urlBelow } from './request-reading.ts';
import type { ProviderName, StandIn } from './stand-in.ts';

const MAX_NOTED = 10_000;

export interface Mounted {
  /** Empty, or a path without a trailing slash. */
  readonly mount: string;
  readonly standIn: StandIn;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Gateway {
  /**
   * What answers one port.
   *
   * @param otherwise answers what lies below no mount; null for a plain 404
   */
  front(
    mounts: readonly Mounted[],
    otherwise: Handler | null,
  ): (request: IncomingMessage, response: ServerResponse) => void;
  /** The last ten thousand requests to one provider, oldest first. */
  asked(provider: ProviderName): readonly string[];
}

interface Desk {
  readonly faults: Faults;
  readonly noted: Map<ProviderName, string[]>;
}

/** @param onError hears in which part of the sandbox something failed */
export function createGateway(faults: Faults, onError: (where: string, error: unknown) => void): Gateway {
  const desk: Desk = { faults, noted: new Map() };
  return {
    front: (mounts, otherwise) => (request, response) => {
      const found = isOwnHost(request) ? mounts.find(({ mount }) => urlBelow(mount, request.url) !== null) : undefined;
      const done = found === undefined ? rest(request, response, otherwise) : lead(desk, found, request, response);
      done.catch((error: unknown) => {
        // A caller that went away in the middle of its own body is no error of ours.
        if (request.complete) onError(found?.standIn.name ?? 'control', error);
        refuse(response, 500, 'The stand-in itself failed.');
      });
    },
    asked: (provider) => [...(desk.noted.get(provider) ?? [])],
  };
}

async function lead(
  desk: Desk,
  { mount, standIn }: Mounted,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = urlBelow(mount, request.url);
  const exchange = url === null ? null : await readExchange(request, response, url);
  if (exchange === null) return refuse(response, 413, `A body is ${MAX_BODY_BYTES} bytes at most.`);
  note(desk, standIn.name, roadOf(exchange));
  await answerWithFaults(desk.faults, standIn, exchange);
}

async function rest(request: IncomingMessage, response: ServerResponse, otherwise: Handler | null): Promise<void> {
  if (!isOwnHost(request)) refuse(response, 421, 'This port answers to 127.0.0.1 and localhost only.');
  else if (otherwise === null) refuse(response, 404, 'Not found.');
  else await otherwise(request, response);
}

function note({ noted }: Desk, provider: ProviderName, road: string): void {
  const roads = noted.get(provider) ?? [];
  roads.push(road);
  if (roads.length > MAX_NOTED) roads.splice(0, roads.length - MAX_NOTED);
  noted.set(provider, roads);
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${sentence}\n`);
}
