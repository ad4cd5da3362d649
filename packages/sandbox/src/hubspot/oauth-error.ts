// The token endpoints' refusals: RFC 6749 §5.2 members beside HubSpot's own older ones, the same in every version.
import { randomUUID } from 'node:crypto';
import { type Answer, Refused } from './answer.ts';

const OAUTH_ERRORS = {
  BAD_GRANT_TYPE: { error: 'unsupported_grant_type', message: 'missing or unknown grant_type' },
  BAD_CLIENT_ID: { error: 'invalid_client', message: 'missing or unknown client id' },
  BAD_CLIENT_SECRET: { error: 'invalid_client', message: 'missing or invalid client secret' },
  BAD_AUTH_CODE: { error: 'invalid_grant', message: 'missing or unknown auth code' },
  BAD_REDIRECT_URI: { error: 'invalid_grant', message: 'missing or mismatching redirect uri' },
  BAD_CODE_VERIFIER: { error: 'invalid_grant', message: 'missing or mismatching code verifier' },
  BAD_REFRESH_TOKEN: { error: 'invalid_grant', message: 'refresh token is invalid, expired or revoked' },
  BAD_ACCESS_TOKEN: { error: 'invalid_request', message: 'missing or unknown access token' },
  BAD_HUB: { error: 'access_denied', message: 'missing or unknown hub id' },
} as const;

export type OAuthErrorStatus = keyof typeof OAUTH_ERRORS;

export function oauthRefusal(status: OAuthErrorStatus): Refused {
  return new Refused(oauthAnswer(status));
}

function oauthAnswer(status: OAuthErrorStatus): Answer {
  const { error, message } = OAUTH_ERRORS[status];
  return {
    status: 400,
    body: { error, error_description: message, status, message, correlationId: randomUUID() },
  };
}
