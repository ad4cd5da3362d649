// What the mails of the made-up company are about, and who sends its newsletters.
import type { Party } from '../correspondents.ts';

export const BUSINESS: readonly [string, ...string[]] = [
  'Calibration schedule',
  'Offer for the second line',
  'Delivery on Thursday',
  'Questions on the contract',
  'Site visit',
  'Renewal for next year',
  'Invoice 2026-114',
  'Next steps',
  'Spare parts',
  'Training dates',
  'Prüfprotokoll für Linie 2',
  'Précisions sur le devis',
  'Budget for the third quarter – your view?',
  'Competitor offer on the table',
];

export const PRIVATE: readonly [string, ...string[]] = [
  'Dinner on Friday',
  'Your statement is ready',
  'Parents evening',
  'Appointment reminder',
  'Weekly newsletter',
  'A role that may interest you',
  'Booking confirmed',
];

export const LISTS: readonly [string, ...string[]] = ['sales', 'team', 'everybody'];

export const NEWSLETTERS: readonly [Party, ...Party[]] = [
  { name: 'Trade News', address: 'letter@news.example.com' },
  { name: 'Example Bank', address: 'no-reply@bank.example.net' },
  { name: 'Travel Desk', address: 'offers@travel.example.com' },
  { name: 'Jobs for You', address: 'digest@recruiting.example.net' },
];

export const SENTENCES: readonly [string, ...string[]] = [
  'Let us talk this week; I have time on Tuesday and on Thursday.',
  'Could you send me the figures before the end of the month?',
  'We have looked at your offer and like it, but the delivery date is a problem for us.',
  'Our purchasing department needs a signed copy first.',
  'The second line stands still since yesterday. When can somebody come?',
  'I have put the details into the attached document.',
  'Thank you for the visit, it was good to see the plant at work.',
  'Grüße aus München – die Prüfung ist für Montag geplant.',
  'The price is fine. I will ask for the approval tomorrow.',
  'Please leave out the training days this time.',
];
