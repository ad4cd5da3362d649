// Content types under which a mail file may be sent; what the file really is, its first bytes say.
export const MAIL_CONTENT_TYPES = [
  'application/mbox',
  'message/rfc822',
  'text/calendar',
  'application/gzip',
  'application/octet-stream',
] as const;
