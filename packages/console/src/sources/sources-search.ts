// What the address of the sources says: the open dialog with its provider, and how coming back from a provider ended.
import { CONNECTION_PROVIDERS, type ConnectionProvider } from '@sentinel/contract/connections';

export interface SourcesSearch {
  /** The dialog is open; on this provider, or on the first. */
  readonly connect?: ConnectionProvider | 'choose';
  /** A connection that was just made. */
  readonly connected?: string;
  /** Why none was made. */
  readonly refused?: string;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const REASON = /^[a-z_]{1,40}$/;

export function readSourcesSearch(search: Record<string, unknown>): SourcesSearch {
  const { connect, connected, refused } = search;
  const provider = connect === 'choose' ? connect : CONNECTION_PROVIDERS.find((each) => each === connect);
  return {
    ...(provider === undefined ? {} : { connect: provider }),
    ...(typeof connected === 'string' && ID.test(connected) ? { connected } : {}),
    ...(typeof refused === 'string' && REASON.test(refused) ? { refused } : {}),
  };
}
