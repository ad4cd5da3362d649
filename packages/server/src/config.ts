// Every setting, once: its name, meaning, default and check. Read here and nowhere else; frozen; handed down in parts.
// Later wins: default < sentinel.config.json < environment < flag.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PROVIDER_SETTINGS, refuseUnsafeProviders } from './access/providers/providers-settings.ts';
import { CONNECTION_SETTINGS, refuseUnsafeConnections } from './gate/sources/connection/connection-settings.ts';
import { isLoopbackName, isLoopbackUrl } from './platform/http/host.ts';
import { Secret } from './platform/secrets/secret.ts';
import { parseMasterKey } from './platform/secrets/vault.ts';

interface Setting<Schema extends z.ZodType = z.ZodType> {
  /** Environment names, first one wins. */
  readonly env: readonly [string, ...string[]];
  readonly flag: string | null;
  readonly meaning: string;
  readonly schema: Schema;
  /** What holds when nobody says anything; text as it would stand in the environment. */
  readonly fallback: string | null;
  readonly secret: boolean;
}

const optional = z.string().min(1).nullable();
const yesNo = z.stringbool();
const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
/** A range of length 0 is everybody, who could then say any address to be theirs. */
const networks = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .refine((all) => all.every((each) => network.safeParse(each).success && !each.endsWith('/0')), {
    error: 'give IP addresses or CIDR ranges, separated by commas',
  });

export const SETTINGS = {
  host: {
    env: ['SENTINEL_HOST'],
    flag: '--host',
    meaning: 'Address to listen on. Anything but a loopback address needs publicUrl.',
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    secret: false,
  },
  port: {
    env: ['SENTINEL_PORT'],
    flag: '--port',
    meaning: 'Port to listen on; 0 takes a free one.',
    schema: z.coerce.number().int().min(0).max(65_535),
    fallback: '9003',
    secret: false,
  },
  dataDir: {
    env: ['SENTINEL_DATA'],
    flag: '--data',
    meaning: 'Folder of the embedded database, keys and locks.',
    schema: z.string().min(1),
    fallback: './sentinel-data',
    secret: false,
  },
  databaseUrl: {
    env: ['DATABASE_URL', 'SENTINEL_DATABASE_URL'],
    flag: '--database-url',
    meaning: 'PostgreSQL server to use instead of the embedded database.',
    schema: optional,
    fallback: null,
    secret: true,
  },
  directUrl: {
    env: ['DIRECT_URL', 'SENTINEL_DIRECT_URL'],
    flag: null,
    meaning:
      'PostgreSQL login for migrations, when it differs (needed behind a pooler, and for a login that owns nothing).',
    schema: optional,
    fallback: null,
    secret: true,
  },
  publicUrl: {
    env: ['SENTINEL_PUBLIC_URL'],
    flag: '--public-url',
    meaning: 'Address people open, when it differs from host and port. Must be https unless loopback.',
    schema: z.url().nullable(),
    fallback: null,
    secret: false,
  },
  trustedProxies: {
    env: ['SENTINEL_TRUSTED_PROXIES'],
    flag: null,
    meaning:
      'Addresses or CIDR ranges of the proxies in front, separated by commas. Their X-Forwarded-For tells whose requests are counted.',
    schema: networks.nullable(),
    fallback: null,
    secret: false,
  },
  vaultKey: {
    env: ['SENTINEL_VAULT_KEY'],
    flag: null,
    meaning:
      'Master keys of the vault: standard base64 of 32 bytes each, separated by commas, the newest first. Without it a key file is made in the data folder.',
    schema: optional,
    fallback: null,
    secret: true,
  },
  logLevel: {
    env: ['SENTINEL_LOG_LEVEL'],
    flag: '--log-level',
    meaning: 'Least level that is logged.',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    fallback: 'warn',
    secret: false,
  },
  demo: {
    env: ['SENTINEL_DEMO'],
    flag: '--demo',
    meaning: 'Open with a made-up company.',
    schema: yesNo,
    fallback: 'false',
    secret: false,
  },
  open: {
    env: ['SENTINEL_OPEN'],
    flag: '--no-open',
    meaning: 'Whether to open the link in a browser at start.',
    schema: yesNo,
    fallback: 'true',
    secret: false,
  },
  workspacesByCode: {
    env: ['SENTINEL_WORKSPACES_BY_CODE'],
    flag: null,
    meaning:
      'Whether GET /auth/workspaces answers a code without its PKCE verifier, as the first SDK asks. Switch it off when no application needs it.',
    schema: yesNo,
    fallback: 'true',
    secret: false,
  },
  cacheDir: {
    env: ['SENTINEL_CACHE'],
    flag: null,
    meaning: 'Folder for prepared, empty databases that make a first start quick.',
    schema: z.string().min(1),
    fallback: join(homedir(), '.cache', 'sentinel'),
    secret: false,
  },
  ...PROVIDER_SETTINGS,
  ...CONNECTION_SETTINGS,
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

type Value<Name extends SettingName> = z.output<(typeof SETTINGS)[Name]['schema']>;
type Held<Name extends SettingName> = (typeof SETTINGS)[Name]['secret'] extends true ? Secret | null : Value<Name>;
export type Config = { readonly [Name in SettingName]: Held<Name> };

export type Origin = 'default' | 'file' | 'environment' | 'flag';
export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/** A setting that cannot be used; said in full sentences before anything starts. */
export class ConfigInvalid extends Error {
  readonly sentences: readonly string[];
  constructor(sentences: readonly string[]) {
    super(sentences.join(' '));
    this.name = 'ConfigInvalid';
    this.sentences = sentences;
  }
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Given flags, by setting, as text. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  /** Parsed `sentinel.config.json`, or null. */
  readonly file: unknown;
}

/**
 * @throws ConfigInvalid naming every setting that is wrong, never its value when it is a secret
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const sentences: string[] = [];
  const file = readFileSettings(sources.file, sentences);
  const values: Partial<Record<SettingName, unknown>> = {};
  const origins = {} as Record<SettingName, Origin>;
  for (const name of SETTING_NAMES) {
    const { text, origin } = findText(name, sources, file);
    origins[name] = origin;
    const parsed = SETTINGS[name].schema.safeParse(text);
    if (!parsed.success)
      sentences.push(
        `${name} (${SETTINGS[name].env[0]}) is not valid: ${parsed.error.issues[0]?.message ?? 'wrong form'}.`,
      );
    else
      values[name] = SETTINGS[name].secret && typeof parsed.data === 'string' ? new Secret(parsed.data) : parsed.data;
  }
  if (sentences.length > 0) throw new ConfigInvalid(sentences);
  // Every name was parsed by its own schema just above.
  const config = Object.freeze({
    ...(values as unknown as Config),
    dataDir: resolve(String(values.dataDir)),
    cacheDir: resolve(String(values.cacheDir)),
  });
  refuseUnsafe(config);
  return { config, origins: Object.freeze(origins) };
}

/** Reads the process: environment and `sentinel.config.json` of the current folder. The only reader of both. */
export function readProcessSources(flags: ConfigSources['flags']): ConfigSources {
  return { env: process.env, flags, file: readConfigFile('sentinel.config.json') };
}

function readConfigFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigInvalid([`${path} is not valid JSON.`]);
  }
}

function readFileSettings(file: unknown, sentences: string[]): Record<string, string> {
  if (file === null || file === undefined) return {};
  const parsed = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).safeParse(file);
  if (!parsed.success) {
    sentences.push('sentinel.config.json must be an object of texts, numbers and booleans.');
    return {};
  }
  for (const name of Object.keys(parsed.data)) {
    if (!Object.hasOwn(SETTINGS, name)) sentences.push(`sentinel.config.json has an unknown setting: ${name}.`);
  }
  return Object.fromEntries(Object.entries(parsed.data).map(([name, value]) => [name, String(value)]));
}

function findText(
  name: SettingName,
  sources: ConfigSources,
  file: Record<string, string>,
): { text: string | null; origin: Origin } {
  const flag = sources.flags[name];
  if (flag !== undefined) return { text: flag, origin: 'flag' };
  for (const variable of SETTINGS[name].env) {
    const value = sources.env[variable];
    if (value !== undefined && value !== '') return { text: value, origin: 'environment' };
  }
  const filed = file[name];
  if (filed !== undefined) return { text: filed, origin: 'file' };
  return { text: SETTINGS[name].fallback, origin: 'default' };
}

/** Whether people reach the system from other machines: it has a public address that is not this machine's. */
export function isPublic({ publicUrl }: Pick<Config, 'publicUrl'>): boolean {
  return publicUrl !== null && !isLoopbackUrl(new URL(publicUrl));
}

const DESKTOP =
  /^(PATH|HOME|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|LANG|XDG_\w+|DBUS_\w+|SystemRoot|USERPROFILE|APPDATA|LOCALAPPDATA)$/i;

/** What a program of the desktop needs of the environment; our settings, secrets among them, stay out. */
export function desktopEnvironment(env: ConfigSources['env'] = process.env): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && DESKTOP.test(name)) kept[name] = value;
  return kept;
}

function refuseUnsafe(config: Config): void {
  const sentences: string[] = [];
  if (!isLoopbackName(config.host) && config.publicUrl === null) {
    sentences.push(
      'Listening beyond this machine needs publicUrl (SENTINEL_PUBLIC_URL), the https address of the proxy in front.',
    );
  }
  if (config.publicUrl !== null) {
    const url = new URL(config.publicUrl);
    if (url.protocol !== 'https:' && !isLoopbackUrl(url))
      sentences.push('publicUrl must be https: sign-in cookies are not sent over plain http.');
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
      sentences.push('publicUrl must be an origin without a path.');
  }
  if (
    config.vaultKey
      ?.reveal()
      .split(',')
      .some((key) => parseMasterKey(key) === null)
  ) {
    sentences.push(
      'vaultKey (SENTINEL_VAULT_KEY) must be standard base64 of exactly 32 bytes, several separated by commas.',
    );
  }
  if (config.directUrl !== null && config.databaseUrl === null)
    sentences.push('DIRECT_URL needs DATABASE_URL beside it.');
  sentences.push(...refuseUnsafeProviders(config));
  sentences.push(...refuseUnsafeConnections(config));
  if (sentences.length > 0) throw new ConfigInvalid(sentences);
}

/** Where the built console lies in a checkout. */
export const CONSOLE_DIR = fileURLToPath(new URL('../../console/dist', import.meta.url));
