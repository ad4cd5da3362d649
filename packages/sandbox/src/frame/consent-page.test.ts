// The consent page is a plain form, and nothing that an application calls itself becomes HTML.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser } from '../identity/browser.ts';
import { answerConsent } from './answer-consent.ts';
import { answerHtml, answerRedirect, readForm } from './answers.ts';
import { consentPage } from './consent-page.ts';
import { createFaults } from './create-faults.ts';
import { createGateway } from './gateway.ts';
import { openPort, type Port } from './ports.ts';
import type { Exchange } from './stand-in.ts';

const PAGE = {
  title: 'HubSpot',
  appName: 'Sentinel',
  scopes: [
    { scope: 'contacts.read', sentence: 'Read contacts', optional: false },
    { scope: 'deals.read', sentence: 'Read deals', optional: true },
  ],
  accounts: [
    { id: '1', name: 'Acme Instruments' },
    { id: '2', name: 'Acme test account' },
  ],
  hidden: { state: 'abc' },
};

describe('the consent page', () => {
  it('has a button per account, a checkbox per optional scope only, the hidden fields, and a way out', () => {
    const html = consentPage(PAGE);
    expect([...html.matchAll(/<button name="account" value="(\d)"/g)].map(([, id]) => id)).toEqual(['1', '2']);
    expect([...html.matchAll(/type="checkbox" name="scope" value="([^"]+)"/g)].map(([, scope]) => scope)).toEqual([
      'deals.read',
    ]);
    expect(html).toContain('<input type="hidden" name="state" value="abc">');
    expect(html).toContain('<button name="cancel" value="yes"');
    expect(html).toContain('contacts.read');
    expect(html).not.toContain('<script');
  });

  it('escapes whatever it is given', () => {
    const evil = `"><img src=x onerror='x'>`;
    const html = consentPage({
      title: evil,
      appName: evil,
      scopes: [{ scope: evil, sentence: evil, optional: true }],
      accounts: [{ id: evil, name: evil }],
      hidden: { [evil]: evil },
      action: evil,
    });
    expect(html).not.toContain('<img');
    expect(html).not.toContain(`onerror='`);
  });
});

describe('answering it', () => {
  let port: Port;
  beforeEach(async () => {
    port = await openPort(0);
    const gateway = createGateway(createFaults(), () => undefined);
    const standIn = {
      name: 'hubspot' as const,
      handle: (exchange: Exchange) => {
        if (exchange.url.pathname !== '/ask') return answerHtml(exchange, 404, 'no form');
        if (exchange.method === 'GET') return answerHtml(exchange, 200, consentPage(PAGE));
        return answerRedirect(exchange, `https://app.example/back?${readForm(exchange).toString()}`);
      },
      answerFault: () => undefined,
      revokeGrants: () => undefined,
    };
    port.serve(gateway.front([{ mount: '', standIn }], null));
  });
  afterEach(async () => await port.close());
  const answered = async (choice = {}) => {
    const landing = await answerConsent(createBrowser(['https://app.example']), `${port.origin}/ask`, choice);
    return landing.url.search;
  };

  it('presses the first button, another one, or Cancel', async () => {
    expect(await answered()).toBe('?state=abc&scope=deals.read&account=1');
    expect(await answered({ account: '2', without: ['deals.read'] })).toBe('?state=abc&account=2');
    expect(await answered({ account: null })).toBe('?state=abc&scope=deals.read&cancel=yes');
  });

  it('says when there is nothing to answer, or nobody of that name', async () => {
    await expect(answered({ account: '3' })).rejects.toThrow('no such account');
    await expect(answerConsent(createBrowser(), `${port.origin}/elsewhere`)).rejects.toThrow('no consent page: 404');
  });
});
