// `npm run docs`: writes docs/reference from the code. Pages that nothing makes any more are taken away.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './reference-pages.ts';
import { listFiles, ROOT } from './source-files.ts';

const pages = await referencePages();
mkdirSync(join(ROOT, 'docs/reference'), { recursive: true });
for (const path of listFiles('docs/reference')) if (!pages.has(path)) rmSync(join(ROOT, path));
for (const [path, text] of pages) writeFileSync(join(ROOT, path), text);
console.log(`${pages.size} pages written to docs/reference`);
