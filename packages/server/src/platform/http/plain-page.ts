// The frame of the few pages the server makes itself (problems, the API reference when scripts are off).
// No script, no inline style: the strict content security policy holds for them as well.
import type { FastifyInstance, FastifyReply } from 'fastify';

const STYLE_PATH = '/pages.css';

export function registerPlainPages(app: FastifyInstance): void {
  app.get(STYLE_PATH, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').type('text/css; charset=utf-8').send(STYLE),
  );
}

/**
 * Sends a page.
 *
 * @param title plain text
 * @param content HTML; texts in it went through `escapeHtml`
 */
export function sendPage(reply: FastifyReply, title: string, content: string): FastifyReply {
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)} · Sentinel</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body><main>${content}</main></body>
</html>
`;
  return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1b1d22, #e8e9ec); --quiet: light-dark(#5b606b, #a2a7b3); --line: light-dark(#dfe1e6, #33363e); --ground: light-dark(#fff, #131418); --link: light-dark(#1f4fd1, #8fb0ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
p { margin: 0 0 .75rem; }
.quiet { color: var(--quiet); }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font: .92em ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); }
`;
