// Who may import whom, as one table, and the check that holds every import against it.
import { posix } from 'node:path';
import { type Import, isTest, isTestSupport, resolveImport, type SourceFile } from '../../scripts/source-files.ts';

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly finding: string;
}

interface Floor {
  readonly name: string;
  /** What stands on this floor; the first match counts. */
  readonly where: RegExp;
  /** Floors it may import whole. Its own is always among them. */
  readonly from: readonly string[];
  /** Areas it may import through their door (`access/access.ts`) only. */
  readonly doors: readonly string[];
  /** Packages from npm it may import; null where any may be. */
  readonly packages: readonly string[] | null;
}

const AREAS = ['access', 'gate', 'deals', 'fleet'];
/** Made-up people and companies never reach the product itself. */
const MAY_USE_SANDBOX = /^packages\/(sandbox\/|cli\/src\/(demo(-providers)?|sandbox\.command)\.ts$)/;
const inside = (folder: string): RegExp => new RegExp(`^packages/${folder}/`);

export const FLOORS: readonly Floor[] = [
  { name: 'contract', where: inside('contract/src'), from: [], doors: [], packages: ['zod'] },
  { name: 'platform', where: inside('server/src/platform'), from: ['contract'], doors: [], packages: null },
  { name: 'access', where: inside('server/src/access'), from: ['platform', 'contract'], doors: [], packages: null },
  { name: 'gate', where: inside('server/src/gate'), from: ['platform', 'contract'], doors: ['access'], packages: null },
  { name: 'deals', where: inside('server/src/deals'), from: ['platform', 'contract'], doors: ['gate'], packages: null },
  {
    name: 'fleet',
    where: inside('server/src/fleet'),
    from: ['platform', 'contract'],
    doors: ['access'],
    packages: null,
  },
  { name: 'server', where: inside('server/src'), from: ['contract', 'platform', ...AREAS], doors: [], packages: null },
  { name: 'sandbox', where: inside('sandbox/src'), from: ['contract'], doors: [], packages: null },
  {
    name: 'cli',
    where: inside('cli/src'),
    from: ['contract', 'platform', ...AREAS, 'server', 'sandbox'],
    doors: [],
    packages: null,
  },
  { name: 'console', where: inside('console/src'), from: ['contract'], doors: [], packages: null },
  { name: 'agent', where: inside('agent/src'), from: ['contract'], doors: [], packages: null },
  { name: 'sdk', where: inside('sdk/src'), from: ['contract'], doors: [], packages: null },
];

/** The floor a path stands on, or null where there is none: then the house has no place for it. */
export function floorOf(path: string): Floor | null {
  return FLOORS.find((floor) => floor.where.test(path)) ?? null;
}

/** Every import that goes up, sideways past a door, out of its package by a relative path, or nowhere readable. */
export function checkFloors(file: SourceFile): Violation[] {
  const floor = floorOf(file.path);
  if (floor === null) return [{ path: file.path, line: 1, rule: 'floors', finding: 'stands on no floor' }];
  if (isTest(file.path)) return [];
  return file.imports.flatMap((found) => {
    const finding = judge(file.path, floor, found);
    return finding === null ? [] : [{ path: file.path, line: found.line, rule: 'floors', finding }];
  });
}

function judge(path: string, floor: Floor, { specifier }: Import): string | null {
  if (specifier === null) return 'a computed import cannot be checked';
  if (specifier.startsWith('@sentinel/'))
    return judgeTarget(path, floor, { target: packagePath(specifier), specifier });
  const target = resolveImport(path, specifier);
  if (target === null) return judgePackage(floor, specifier);
  if (packageOf(target) !== packageOf(path)) return `${specifier} leaves the package; import it by name`;
  if (target === `${packageOf(path)}/package.json`) return null;
  if (isTestSupport(target) && !isTestSupport(path)) return `${specifier} is support for tests only`;
  return judgeTarget(path, floor, { target, specifier });
}

function judgePackage(floor: Floor, specifier: string): string | null {
  if (floor.packages === null || specifier.startsWith('node:')) {
    return floor.name === 'contract' ? `${specifier}: the contract does no I/O` : null;
  }
  return floor.packages.includes(specifier) ? null : `${specifier} is not for ${floor.name}`;
}

function judgeTarget(
  path: string,
  floor: Floor,
  { target, specifier }: { target: string; specifier: string },
): string | null {
  const other = floorOf(target);
  if (other === null)
    return floor.name === 'console' && specifier.endsWith('.css') ? null : `${specifier} stands on no floor`;
  if (other.name === 'sandbox' && !MAY_USE_SANDBOX.test(path)) return 'the sandbox is for the demo and for tests only';
  if (other.name === floor.name || floor.from.includes(other.name)) return null;
  if (floor.doors.includes(other.name)) {
    return posix.basename(target) === `${other.name}.ts`
      ? null
      : `${floor.name} may enter ${other.name} by its door only`;
  }
  return `${floor.name} may not import ${other.name}`;
}

/** `@sentinel/server` is its package's main floor; `@sentinel/contract/outcomes` one file of it. */
function packagePath(specifier: string): string {
  const [, name = '', ...rest] = specifier.split('/');
  return `packages/${name}/src/${rest.length === 0 ? 'main.ts' : rest.join('/')}`;
}

function packageOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}
