// The sandbox's page: plain forms that work without a script, by keyboard, with a screen reader, on a telephone and in both
// colour schemes.
import { escapeHtml, htmlPage } from './consent-page.ts';
import { STEPS } from './control-commands.ts';
import { type ActiveFault, FAULT_KINDS, type FaultKind } from './faults.ts';
import type { Sandbox } from './sandbox.ts';
import { PROVIDER_NAMES, type ProviderName } from './stand-in.ts';

/** What the page says after a form was sent. */
export const NEWS = {
  'fault-set': 'The fault is set.',
  'faults-cleared': 'Cleared.',
  advanced: 'Time has moved on.',
  revoked: 'The grants are withdrawn.',
} as const;
export type NewsName = keyof typeof NEWS;

const NAMES: Readonly<Record<ProviderName, string>> = {
  hubspot: 'HubSpot',
  salesforce: 'Salesforce',
  google: 'Google',
  slack: 'Slack',
  stripe: 'Stripe',
  openrouter: 'OpenRouter',
};

const KINDS: Readonly<Record<FaultKind, string>> = {
  status: 'Answers with an error status',
  hang: 'Never answers',
  slow: 'Answers late',
  reset: 'Breaks the connection before the answer',
  cut: 'Breaks the connection in the middle of the answer',
  garbage: 'Answers a web page with status 200',
  lost_answer: 'Does it, but the answer is lost',
  limit_403: 'Says 403 for a limit',
  expired_token: 'Takes the access token for expired',
  invalid_client: 'Takes the client secret for wrong',
  expired_cursor: 'Has forgotten the cursor',
  half_page: 'Gives half a page',
  partial_grant: 'Grants less than was asked',
  duplicate_events: 'Sends events twice',
  reorder_events: 'Sends events out of order',
  clock_skew: 'Has a wrong clock',
  search_lag: 'Finds changes late',
  locked: 'Says that the record is locked',
  moving: 'Says that the account is being moved',
};

const STYLE = `
  :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
  body { margin: 0 }
  main { width: min(60rem, 100% - 2rem); margin: 0 auto; padding: 1.5rem 0 3rem }
  h1 { font-size: 1.5rem; margin: 0 }
  h2 { font-size: 1.125rem; margin: 2rem 0 .5rem }
  p { margin: .25rem 0 .75rem; max-width: 45rem }
  .news, .error { padding: .5rem .75rem; border-inline-start: .25rem solid #2563eb }
  .error { border-color: #dc2626 }
  .wide { overflow-x: auto }
  table { border-collapse: collapse; min-width: 100% }
  th, td { text-align: start; vertical-align: baseline; padding: .375rem 1rem .375rem 0; border-bottom: 1px solid #8888 }
  code { overflow-wrap: anywhere }
  .fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; align-items: end }
  label { display: block; font-size: .875rem }
  input, select, button { font: inherit; color: inherit; background: Canvas; border: 1px solid #888; border-radius: .375rem;
    padding: .375rem .625rem; min-height: 2.5rem; box-sizing: border-box }
  input, select { width: 100% }
  button { cursor: pointer }
  .row { display: flex; flex-wrap: wrap; gap: .5rem }
  :focus-visible { outline: 3px solid #2563eb; outline-offset: 1px }`;

/** The whole document. */
export function controlPage(
  sandbox: Sandbox,
  said: { readonly news: string | null; readonly error: string | null },
): string {
  return htmlPage(
    'Sentinel sandbox',
    `<h1>Sentinel sandbox</h1>
<p>Stand-ins for the providers, around one made-up company. Nobody here is real, and only this machine can reach it.</p>
${said.news === null ? '' : `<p class="news" role="status">${escapeHtml(said.news)}</p>`}
${said.error === null ? '' : `<p class="error" role="alert">That was not understood: ${escapeHtml(said.error)}.</p>`}
${worldSection(sandbox)}
${providersSection(sandbox)}
${faultsSection(sandbox.faults.list())}
${newFaultSection()}`,
    STYLE,
  );
}

function worldSection({ world }: Sandbox): string {
  const buttons = Object.keys(STEPS).map((step) => `<button name="step" value="${step}">One ${step} on</button>`);
  return `<h2>Time</h2>
<p>At ${escapeHtml(world.company.name)} it is <time>${world.now().toISOString()}</time>. There have been
${world.contacts.count} contacts and ${world.deals.count} deals.</p>
<form method="post" action="/_sandbox/world/advance" class="row">${buttons.join('')}</form>`;
}

function providersSection({ urls, asked }: Sandbox): string {
  const rows = PROVIDER_NAMES.map(
    (name) => `<tr><th scope="row">${NAMES[name]}</th><td><code>${escapeHtml(urls[name])}</code></td>
<td>${asked(name).length}</td><td><form method="post" action="/_sandbox/grants/revoke">
<input type="hidden" name="provider" value="${name}"><button aria-label="Withdraw all grants at ${NAMES[name]}">Withdraw</button>
</form></td></tr>`,
  );
  return `<h2>Providers</h2>
<div class="wide"><table><thead><tr><th scope="col">Provider</th><th scope="col">Address</th><th scope="col">Requests</th>
<th scope="col">Grants</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function faultsSection(faults: readonly ActiveFault[]): string {
  if (faults.length === 0) return `<h2>Faults</h2>\n<p>None: everything works.</p>`;
  return `<h2>Faults</h2>
<div class="wide"><table><thead><tr><th scope="col">Provider</th><th scope="col">What</th><th scope="col">Where</th>
<th scope="col">Happened</th><th scope="col">Clear</th></tr></thead>
<tbody>${faults.map(faultRow).join('\n')}</tbody></table></div>
<form method="post" action="/_sandbox/faults/clear"><p><button>Clear all</button></p></form>`;
}

function faultRow({ id, provider, kind, status, match, times, taken }: ActiveFault): string {
  const what = `${KINDS[kind]}${status === undefined ? '' : ` (${status})`}`;
  return `<tr><th scope="row">${NAMES[provider]}</th><td>${what}</td>
<td>${match === undefined ? 'everywhere' : `<code>${escapeHtml(match)}</code>`}</td>
<td>${taken}${times === undefined ? '' : ` of ${times}`}</td>
<td><form method="post" action="/_sandbox/faults/clear"><input type="hidden" name="id" value="${id}">
<button aria-label="Clear fault ${id}">Clear</button></form></td></tr>`;
}

function newFaultSection(): string {
  const option = (value: string, name: string) => `<option value="${value}">${name}</option>`;
  return `<h2>Let something go wrong</h2>
<form method="post" action="/_sandbox/faults">
<div class="fields">
<label>Provider<select name="provider">${PROVIDER_NAMES.map((name) => option(name, NAMES[name])).join('')}</select></label>
<label>What happens<select name="kind">${FAULT_KINDS.map((kind) => option(kind, KINDS[kind])).join('')}</select></label>
<label>Status, for an error status<select name="status">${option('', 'as usual')}${[429, 500, 502, 503].map((each) => option(String(each), String(each))).join('')}</select></label>
<label>Retry-After, in seconds<input name="retryAfterSeconds" inputmode="numeric" pattern="[0-9]*"></label>
<label>Late by, in milliseconds<input name="delayMs" inputmode="numeric" pattern="[0-9]*"></label>
<label>Only where method and path contain<input name="match" placeholder="POST /oauth"></label>
<label>How often (empty: until cleared)<input name="times" inputmode="numeric" pattern="[0-9]*"></label>
<label>After so many good requests<input name="after" inputmode="numeric" pattern="[0-9]*"></label>
</div>
<p><button>Set the fault</button></p>
</form>`;
}
