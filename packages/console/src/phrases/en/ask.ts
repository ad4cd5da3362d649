// Words of "Ask the gate".
import { formatNumber } from '../format.ts';

export const askPhrases = {
  title: 'Would this message be kept?',
  promise: 'Nothing is stored. The question is written to the audit log.',
  paste: 'Paste addresses',
  pasteHelp: 'As they stand in a mail: names and brackets may stay, several with commas.',
  from: 'From',
  to: 'To',
  cc: 'Cc',
  bcc: 'Bcc',
  needOne: 'Write at least one address.',
  ask: 'Ask',
  or: 'or',
  drop: 'Drop a mail or calendar file',
  dropHint: '.eml or .ics, up to 10 MiB. It is read in memory and forgotten.',
  deciding: 'Deciding…',
  answer: 'The answer',
  waiting: 'The answer appears here, with every step.',
  pasted: 'Question',
  file: 'File',
  which: 'Which message',
  nth: (index: number) => formatNumber(index),
  ofMany: (answers: number) => `The file holds ${formatNumber(answers)} messages.`,
  noMessage: 'The file holds no message that could be decided.',
} as const;
