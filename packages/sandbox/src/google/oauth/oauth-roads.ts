// The addresses of Google's OAuth, all of its hosts in one.
import type { Exchange } from '../../frame/stand-in.ts';
import { answerAuthorize } from './authorize.ts';
import type { OAuth } from './oauth.ts';
import { answerToken } from './token-endpoint.ts';
import { answerCerts, answerRevoke, answerTokenInfo, answerUserInfo } from './token-facts.ts';

/** Answers if the request is for one of OAuth's addresses; says whether it was. */
export async function handleOAuth(oauth: OAuth, exchange: Exchange): Promise<boolean> {
  const answer = answers[exchange.url.pathname];
  if (answer === undefined) return false;
  await answer(oauth, exchange);
  return true;
}

const answers: Readonly<Record<string, (oauth: OAuth, exchange: Exchange) => Promise<void> | void>> = {
  '/o/oauth2/v2/auth': answerAuthorize,
  '/token': answerToken,
  '/revoke': answerRevoke,
  '/tokeninfo': answerTokenInfo,
  '/oauth2/v2/userinfo': answerUserInfo,
  '/oauth2/v3/userinfo': answerUserInfo,
  '/v1/userinfo': answerUserInfo,
  '/oauth2/v1/certs': answerCerts,
  '/oauth2/v3/certs': answerCerts,
};
