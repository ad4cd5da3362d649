// The scopes Google knows here: what its consent page says about each, and which of them let a program call what.

const GMAIL = 'https://www.googleapis.com/auth/gmail';
const CALENDAR = 'https://www.googleapis.com/auth/calendar';

/** Who somebody is. These are granted with the sign-in and cannot be unticked. */
const SIGN_IN: Readonly<Record<string, string>> = {
  openid: 'Know who you are on Google',
  email: 'See your primary address',
  'https://www.googleapis.com/auth/userinfo.email': 'See your primary address',
  profile: 'See your name and picture',
  'https://www.googleapis.com/auth/userinfo.profile': 'See your name and picture',
};

const SENTENCES: Readonly<Record<string, string>> = {
  ...SIGN_IN,
  'https://mail.google.com/': 'Read, write, send and delete all your mail',
  [`${GMAIL}.readonly`]: 'View your mail messages and settings',
  [`${GMAIL}.metadata`]: 'View headers and labels of your mail, but not its text',
  [`${GMAIL}.modify`]: 'Read, write and send mail',
  [CALENDAR]: 'See, edit, share and delete all your calendars',
  [`${CALENDAR}.readonly`]: 'See any calendar you can see',
  [`${CALENDAR}.events`]: 'View and edit events on all your calendars',
  [`${CALENDAR}.events.readonly`]: 'View events on all your calendars',
  [`${CALENDAR}.calendarlist.readonly`]: 'See the list of your calendars',
};

/** Any one of a list is enough. */
export const MAIL_TEXT = ['https://mail.google.com/', `${GMAIL}.readonly`, `${GMAIL}.modify`];
export const MAIL_HEADERS = [...MAIL_TEXT, `${GMAIL}.metadata`];
export const EVENTS = [CALENDAR, `${CALENDAR}.readonly`, `${CALENDAR}.events`, `${CALENDAR}.events.readonly`];
export const CALENDAR_LIST = [CALENDAR, `${CALENDAR}.readonly`, `${CALENDAR}.calendarlist.readonly`];
export const EMAIL = ['email', 'https://www.googleapis.com/auth/userinfo.email'];
export const PROFILE = ['profile', 'https://www.googleapis.com/auth/userinfo.profile'];

/** What a consent page says about a scope; null when Google has no such scope. */
export const sentenceOf = (scope: string): string | null => SENTENCES[scope] ?? null;
export const isSignIn = (scope: string): boolean => Object.hasOwn(SIGN_IN, scope);
/** Tokens with such a scope die when the person changes the password. */
export const isMail = (scope: string): boolean => scope.startsWith(GMAIL) || scope === 'https://mail.google.com/';
export const splitScopes = (text: string | null): readonly string[] => [
  ...new Set((text ?? '').split(' ').filter((scope) => scope !== '')),
];
