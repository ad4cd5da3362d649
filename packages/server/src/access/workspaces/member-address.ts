// The address by which somebody is added or invited, as a request gives it.
import { problem } from '../../platform/problem.ts';
import { parsePersonEmail } from '../identity/person-email.ts';

/** @throws ProblemError `invalid_request` */
export function addressOf(text: string): string {
  const email = parsePersonEmail(text);
  if (email !== null) return email;
  throw problem('invalid_request', 'The address cannot be used for mail.', {
    places: [{ pointer: '/body/email', detail: 'This is not a mail address.' }],
  });
}
