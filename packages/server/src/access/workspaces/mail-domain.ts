// The part of a mail address behind the at sign, as far as it says where somebody works.
import { domainToASCII } from 'node:url';

/** Providers of mailboxes for everybody: that two people have one says nothing about them. */
const PUBLIC_PROVIDERS: ReadonlySet<string> = new Set([
  '126.com',
  '163.com',
  'aol.com',
  'arcor.de',
  'bigpond.com',
  'bluewin.ch',
  'bol.com.br',
  'btinternet.com',
  'comcast.net',
  'cox.net',
  'duck.com',
  'fastmail.com',
  'fastmail.fm',
  'foxmail.com',
  'free.fr',
  'freenet.de',
  'gmail.com',
  'gmx.at',
  'gmx.ch',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hey.com',
  'hotmail.co.uk',
  'hotmail.com',
  'hotmail.de',
  'hotmail.es',
  'hotmail.fr',
  'hotmail.it',
  'hushmail.com',
  'icloud.com',
  'inbox.com',
  'interia.pl',
  'laposte.net',
  'libero.it',
  'live.co.uk',
  'live.com',
  'live.de',
  'live.fr',
  'live.nl',
  'mac.com',
  'mail.com',
  'mail.ru',
  'mailbox.org',
  'me.com',
  'msn.com',
  'naver.com',
  'o2.pl',
  'onet.pl',
  'orange.fr',
  'outlook.com',
  'outlook.de',
  'outlook.fr',
  'pm.me',
  'posteo.de',
  'proton.me',
  'protonmail.com',
  'qq.com',
  'rambler.ru',
  'rediffmail.com',
  'rocketmail.com',
  'sbcglobal.net',
  'seznam.cz',
  'sina.com',
  'sky.com',
  't-online.de',
  'terra.com.br',
  'tuta.com',
  'tutanota.com',
  'uol.com.br',
  'verizon.net',
  'virgilio.it',
  'wanadoo.fr',
  'web.de',
  'wp.pl',
  'ya.ru',
  'yahoo.co.in',
  'yahoo.co.jp',
  'yahoo.co.uk',
  'yahoo.com',
  'yahoo.com.br',
  'yahoo.de',
  'yahoo.es',
  'yahoo.fr',
  'yahoo.it',
  'yandex.com',
  'yandex.ru',
  'yeah.net',
  'ymail.com',
  'zoho.com',
]);

/** At least two labels of RFC 1035 §2.3.1, the last one no number, so that an IP address is none. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;
const LONGEST = 253;

/** Before IDNA: what reads URLs would take `a.example/x` and `a.ex%61mple` for a domain. */
const LETTERS = /^[\p{L}\p{M}\p{N}.。．｡-]+$/u;

/** The domain in lower-case ASCII (IDNA), or null when it is none that mail goes to. */
export function parseMailDomain(text: string): string | null {
  const plain = text.trim();
  const ascii = LETTERS.test(plain) ? domainToASCII(plain).toLowerCase() : '';
  return ascii.length <= LONGEST && DOMAIN.test(ascii) ? ascii : null;
}

/** Whether anybody can have a mailbox there. */
export function isPublicMailDomain(domain: string): boolean {
  return PUBLIC_PROVIDERS.has(domain);
}

/** The domain of an address, unless anybody can have a mailbox there. */
export function companyDomainOf(email: string): string | null {
  const domain = parseMailDomain(email.slice(email.lastIndexOf('@') + 1));
  return domain === null || isPublicMailDomain(domain) ? null : domain;
}
