// The access token of a stored sign-in: taken from the file while it lasts, else got with the refresh token, by one command
// at a time.
import { TokenPair } from '@sentinel/contract';
import { ApiClient, failureOf } from './api-client.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { readLogin, removeLogin, type StoredLogin, withLoginLock, writeLogin } from './stored-login.ts';

/** A token that is about to end is not begun with. */
const MARGIN_MS = 60_000;

/**
 * @param server origin
 * @returns null when nobody is signed in there
 * @throws CommandFailed with exit code 4 when the sign-in has ended, and it is forgotten
 */
export async function accessTokenFor(server: string): Promise<string | null> {
  const stored = await readLogin(server);
  if (stored === null) return null;
  if (isFresh(stored)) return stored.accessToken;
  return await withLoginLock(server, async () => {
    // Whoever held the lock before may have refreshed it.
    const current = await readLogin(server);
    if (current === null) throw signInAgain(server);
    return isFresh(current) ? current.accessToken : (await refresh(current)).accessToken;
  });
}

/** What is kept of a pair of tokens. */
export function loginOf(server: string, pair: TokenPair): StoredLogin {
  return {
    server,
    refreshToken: pair.refresh_token,
    accessToken: pair.access_token,
    accessExpiresAt: new Date(Date.now() + pair.expires_in * 1000).toISOString(),
  };
}

export function signInAgain(server: string): CommandFailed {
  return new CommandFailed(`You are not signed in to ${server}.`, {
    tryThis: [`npx --no sentinel login --server ${server}`],
    exitCode: EXIT.signInNeeded,
  });
}

async function refresh({ server, refreshToken }: StoredLogin): Promise<StoredLogin> {
  const api = new ApiClient({ url: server, key: null, workspace: null });
  const answer = await api.ask({ method: 'POST', path: '/auth/refresh', json: { refresh_token: refreshToken } });
  if (answer.status === 401) {
    await removeLogin(server);
    throw signInAgain(server);
  }
  if (answer.status !== 200) throw failureOf(answer);
  const login = loginOf(server, TokenPair.parse(answer.body));
  await writeLogin(login);
  return login;
}

function isFresh({ accessExpiresAt }: StoredLogin): boolean {
  return Date.now() < Date.parse(accessExpiresAt) - MARGIN_MS;
}
