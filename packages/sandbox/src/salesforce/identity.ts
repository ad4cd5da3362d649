// Who a token belongs to: the identity address of the token answer, and userinfo. Both err in plain text, not in arrays.
import { answerJson, answerText } from '../frame/answers.ts';
import type { Exchange } from '../frame/stand-in.ts';
import type { Owner } from '../world/world.ts';
import { longId } from './record-id.ts';
import { idOf, wireTime } from './objects/sobject.ts';
import type { Org } from './org.ts';
import { accessTokenOf } from './session.ts';
import { identityUrl } from './token-road.ts';

/** `GET /id/<org>/<user>`; the token may also stand in `oauth_token`. */
export function answerIdentity(org: Org, exchange: Exchange): void {
  const user = askingUser(org, exchange);
  if (user === null) return;
  const [orgId = '', userId = ''] = exchange.url.pathname.split('/').slice(2);
  if (longId(orgId) !== org.id) return answerText(exchange, 403, 'Wrong_Org');
  if (longId(userId) !== idOf('User', user.n)) return answerText(exchange, 403, 'Bad_Id');
  answerJson(exchange, 200, {
    ...aboutUser(org, user),
    id: identityUrl(org, user.n),
    asserted_user: true,
    username: user.address,
    display_name: user.name,
    active: true,
    user_type: 'STANDARD',
    last_modified_date: wireTime(Number(org.schema.object('User')?.row(user.n)?.touchedAt ?? 0)),
    urls: urlsOf(org, user),
  });
}

/** `GET` or `POST /services/oauth2/userinfo` (OpenID Connect Core §5.3). */
export function answerUserInfo(org: Org, exchange: Exchange): void {
  const user = askingUser(org, exchange);
  if (user === null) return;
  answerJson(exchange, 200, {
    ...aboutUser(org, user),
    sub: identityUrl(org, user.n),
    preferred_username: user.address,
    name: user.name,
    email_verified: true,
    zoneinfo: 'Etc/UTC',
    active: true,
  });
}

/** Null when it was already answered. */
function askingUser({ grants, settings, ground }: Org, exchange: Exchange): Owner | null {
  const token = accessTokenOf(exchange) ?? exchange.url.searchParams.get('oauth_token');
  const grant = token === null || settings().tokenRefusal !== null ? null : grants.use(token);
  const user = ground.world.owners.find(({ n }) => n === grant?.user) ?? null;
  if (user === null) answerText(exchange, 403, token === null ? 'Missing_OAuth_Token' : 'Bad_OAuth_Token');
  return user;
}

function aboutUser(org: Org, { n, address }: Owner) {
  return { user_id: idOf('User', n), organization_id: org.id, email: address, language: 'en_US', locale: 'en_US' };
}

function urlsOf({ ground, id }: Org, { n }: Owner) {
  const root = `${ground.base}/services/data/v{version}/`;
  return {
    rest: root,
    sobjects: `${root}sobjects/`,
    query: `${root}query/`,
    profile: `${ground.base}/${idOf('User', n)}`,
    custom_domain: ground.base,
    organization: `${ground.base}/${id}`,
  };
}
