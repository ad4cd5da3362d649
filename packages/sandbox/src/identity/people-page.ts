// The page on which a stand-in provider asks who is there: one button per made-up person, no password, no script.
import type { SandboxUser } from './sandbox-user.ts';

export interface PeoplePage {
  /** How the provider calls itself. */
  readonly title: string;
  readonly clientId: string;
  /** Where the choice is posted: field `sub`, or `cancel`. */
  readonly action: string;
  readonly users: readonly SandboxUser[];
}

const STYLE = `
  :root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center }
  main { width: min(24rem, 100% - 2rem); padding: 2rem 0 }
  h1 { font-size: 1.375rem; margin: 0 }
  p { margin: .25rem 0 1.5rem }
  ul { list-style: none; margin: 0; padding: 0 }
  button { width: 100%; min-height: 3rem; margin: 0 0 .5rem; padding: .5rem 1rem; font: inherit; text-align: start;
    border: 1px solid currentColor; border-radius: .5rem; background: none; color: inherit; cursor: pointer }
  button:hover, button:focus-visible { outline: 3px solid #2563eb; outline-offset: 1px }
  button span { display: block; font-size: .875rem }`;

/** The whole document. */
export function peoplePage({ title, clientId, action, users }: PeoplePage): string {
  const choices = users.map(
    (user) =>
      `<li><button name="sub" value="${escaped(user.sub)}">${escaped(user.name ?? user.sub)}` +
      `<span>${escaped(user.email ?? 'no address')}</span></button></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Choose a person - ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Who are you today?</h1>
<p>${escaped(title)} stands in for the real provider. Everybody here is made up. <b>${escaped(clientId)}</b> will know whom you choose.</p>
<form method="post" action="${escaped(action)}">
<ul>
${choices.join('\n')}
</ul>
<button name="cancel" value="yes" formnovalidate>Cancel</button>
</form>
</main>
</body>
</html>
`;
}

/** A page that says why nothing can be done. */
export function refusalPage(title: string, why: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(why)}</p></main></body></html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
