// The page on which a stand-in asks whether an application may have what it wants: a plain form that works without a
// script, by keyboard, with a screen reader and in both colour schemes.

export interface ConsentPage {
  /** How the provider calls itself. */
  readonly title: string;
  /** How the application calls itself. */
  readonly appName: string;
  readonly scopes: readonly ConsentScope[];
  /** Who can say yes: one button each, in field `account`. */
  readonly accounts: readonly { readonly id: string; readonly name: string }[];
  /** Fields that come back as they are. */
  readonly hidden: Readonly<Record<string, string>>;
  /** Where the choice is posted; the page's own address unless said. */
  readonly action?: string;
}

export interface ConsentScope {
  readonly scope: string;
  readonly sentence: string;
  /** A checkbox that can be unticked; field `scope`, once for each that is left ticked. */
  readonly optional: boolean;
}

const STYLE = `
  :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center }
  main { width: min(28rem, 100% - 2rem); padding: 2rem 0 }
  h1 { font-size: 1.375rem; margin: 0 }
  h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
  p { margin: .25rem 0 1rem }
  ul { margin: 0; padding: 0; list-style: none }
  li { margin: 0 0 .5rem }
  label, .always { display: flex; gap: .75rem; align-items: baseline; min-height: 1.75rem }
  code { display: block; font-size: .8125rem; overflow-wrap: anywhere }
  button { width: 100%; min-height: 3rem; margin: 0 0 .5rem; padding: .5rem 1rem; font: inherit; text-align: start;
    border: 1px solid currentColor; border-radius: .5rem; background: none; color: inherit; cursor: pointer }
  button:hover, :focus-visible { outline: 3px solid #2563eb; outline-offset: 1px }`;

/**
 * The whole document. The form posts `account` (whose button was pressed) or `cancel=yes`, `scope` for each optional scope
 * that is still ticked, and the hidden fields. Scopes that are not optional are not posted: they are granted or nothing is.
 */
export function consentPage(page: ConsentPage): string {
  const { title, appName, scopes, accounts, hidden, action } = page;
  const fields = Object.entries(hidden).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const buttons = accounts.map(
    ({ id, name }) => `<li><button name="account" value="${escapeHtml(id)}">Allow as ${escapeHtml(name)}</button></li>`,
  );
  return htmlPage(
    `${title}: allow access?`,
    `<h1>${escapeHtml(appName)} asks for access</h1>
<p>${escapeHtml(title)} stands in for the real provider. Everybody and everything here is made up.</p>
<form method="post"${action === undefined ? '' : ` action="${escapeHtml(action)}"`}>
${fields.join('\n')}
<h2 id="scopes">It wants to</h2>
<ul aria-labelledby="scopes">
${scopes.map(scopeItem).join('\n')}
</ul>
<h2 id="accounts">Who allows it?</h2>
<ul aria-labelledby="accounts">
${buttons.join('\n')}
</ul>
<button name="cancel" value="yes" formnovalidate>Cancel</button>
</form>`,
  );
}

/** A page that says why nothing can be done. */
export function refusalPage(title: string, why: string): string {
  return htmlPage(title, `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(why)}</p>`);
}

/** A document in the stand-ins' plain look. `main` is HTML, the title is text. */
export function htmlPage(title: string, main: string, style = STYLE): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function scopeItem({ scope, sentence, optional }: ConsentScope): string {
  const text = `<span>${escapeHtml(sentence)}<code>${escapeHtml(scope)}</code></span>`;
  if (!optional) return `<li class="always"><span aria-hidden="true">•</span>${text}</li>`;
  return `<li><label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>${text}</label></li>`;
}
