// HTTP of signing in to the console through an identity provider.
import { Session, SignInCodeRequest } from '@sentinel/contract';
import { type Route, route } from '../../platform/http/route.ts';
import { type CodeSignInDeps, signInByCode } from './console-sign-in.ts';
import { labelOf } from './session-label.ts';
import { sessionAnswer } from './session.routes.ts';

export function consoleSignInRoutes(deps: CodeSignInDeps): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/session/code',
      summary: 'Signs in to the console with the code that a sign-in at an identity provider ended with',
      open: 'The code and its verifier are the proof; they are checked by the handler.',
      audit: 'session.started',
      body: SignInCodeRequest,
      answers: { 201: Session },
      problems: ['code_invalid', 'person_inactive', 'not_a_member', 'bad_request'],
      rate: 'sign-in',
      async handle({ body, presented, now, openEntry, session: cookie }) {
        const { token, session } = await signInByCode(deps, {
          code: body.code,
          verifier: body.code_verifier,
          workspaceId: body.workspace_id ?? null,
          previousToken: presented.cookie,
          label: labelOf(presented.header('user-agent')),
          now,
          openEntry,
        });
        cookie.start(token, session.expiresAt);
        return sessionAnswer(session, now);
      },
    }),
  ];
}
