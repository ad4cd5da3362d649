// One request to the data API that was let in.
import type { Exchange } from '../frame/stand-in.ts';
import type { Grant } from './grants.ts';
import type { Org } from './org.ts';

export interface Ask {
  readonly org: Org;
  readonly exchange: Exchange;
  readonly grant: Grant;
  /** Such as `/services/data/v67.0`. */
  readonly root: string;
  /** As faults are matched: `GET /services/data/…`. */
  readonly road: string;
}
