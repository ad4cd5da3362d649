// Reads the project's own files and what each of them imports, without a compiler API.
// Promises to name every import it cannot read instead of passing over it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const NEVER_OURS = new Set([
  'node_modules',
  '.git',
  'dist',
  'coverage',
  'sentinel-data',
  '.sentinel-cache',
  'test-results',
]);

export interface Import {
  /** As written, or null where it is computed and cannot be read. */
  readonly specifier: string | null;
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** All files below a folder (relative to the root), sorted, without installed or generated ones. */
export function listFiles(folder: string, root: string = ROOT): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (NEVER_OURS.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...listFiles(path, root));
    else if (entry.isFile()) found.push(relative('.', path).split(sep).join('/'));
  }
  return found.sort();
}

export const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path);
export const isTest = (path: string): boolean => /\.(test|test-d)\.tsx?$/.test(path);
/** Support that only tests may import: `testing.ts` and `x.testing.ts`. */
export const isTestSupport = (path: string): boolean => /(^|[/.])testing\.tsx?$/.test(path);

/** A file from its text: also how the checks' own tests feed them made-up files. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, imports: isTypeScript(path) ? importsOf(text) : [] };
}

export function readSource(path: string, root: string = ROOT): SourceFile {
  return sourceFile(path, readFileSync(join(root, path), 'utf8'));
}

const STATIC_IMPORT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s+)?(?<names>[\w$*\s{},]+?)\s*from\s*['"](?<from>[^'"]+)['"]/gm;
const BARE_IMPORT = /^[ \t]*import\s*['"](?<from>[^'"]+)['"]/gm;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*(?:['"](?<from>[^'"]+)['"]\s*\))?/g;

/** Every static, bare and dynamic import of a text. Comments on lines of their own are passed over. */
export function importsOf(text: string): Import[] {
  const code = blank(blank(text, /^[ \t]*\/\*[\s\S]*?\*\//gm), /(?<=^|[\s{,;])\/\/.*$/gm);
  const found: Import[] = [];
  for (const match of code.matchAll(STATIC_IMPORT)) {
    const { type, names = '', from = null } = match.groups ?? {};
    found.push({ specifier: from, typeOnly: type !== undefined || onlyTypes(names), line: lineAt(code, match.index) });
  }
  for (const pattern of [BARE_IMPORT, DYNAMIC_IMPORT]) {
    for (const match of code.matchAll(pattern)) {
      found.push({ specifier: match.groups?.['from'] ?? null, typeOnly: false, line: lineAt(code, match.index) });
    }
  }
  return found;
}

/** The path an import leads to, for imports within the project; null for packages from elsewhere. */
export function resolveImport(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), specifier)) : null;
}

function onlyTypes(names: string): boolean {
  const list = /^\{(?<inside>[^}]*)\}$/.exec(names.trim())?.groups?.['inside'];
  if (list === undefined) return false;
  const parts = list.split(',').filter((part) => part.trim() !== '');
  return parts.length > 0 && parts.every((part) => /^\s*type\s/.test(part));
}

/** Keeps line numbers: what is taken out leaves its line ends behind. */
function blank(text: string, pattern: RegExp): string {
  return text.replace(pattern, (hit) => hit.replace(/[^\n]/g, ' '));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
