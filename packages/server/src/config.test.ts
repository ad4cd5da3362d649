import { describe, expect, it } from 'vitest';
import {
  type ConfigSources,
  ConfigInvalid,
  desktopEnvironment,
  loadConfig,
  SETTING_NAMES,
  SETTINGS,
} from './config.ts';

const load = (sources: Partial<ConfigSources> = {}) => loadConfig({ env: {}, flags: {}, file: null, ...sources });
const sentencesOf = (sources: Partial<ConfigSources>): readonly string[] => {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.sentences;
    throw error;
  }
  return [];
};
/** What some settings need beside them. */
const BESIDE = {
  DATABASE_URL: 'x',
  GOOGLE_CLIENT_ID: 'g',
  GOOGLE_CLIENT_SECRET: 's',
  GITHUB_CLIENT_ID: 'h',
  GITHUB_CLIENT_SECRET: 's',
  ENTRA_CLIENT_ID: 'e',
  ENTRA_CLIENT_SECRET: 's',
  HUBSPOT_CLIENT_ID: 'p',
  HUBSPOT_CLIENT_SECRET: 's',
  SALESFORCE_CLIENT_ID: 'f',
  SALESFORCE_CLIENT_SECRET: 's',
  GOOGLE_SOURCES_CLIENT_ID: 'm',
  GOOGLE_SOURCES_CLIENT_SECRET: 's',
  SLACK_CLIENT_ID: 'l',
  SLACK_CLIENT_SECRET: 's',
  ENTRA_TENANT_ID: '3f1c0f5e-7a52-4c1e-9f6e-2b1d8a9c4e01',
};
const PUBLIC = { SENTINEL_PUBLIC_URL: 'https://sentinel.example' };

describe('where a setting comes from', () => {
  it('is the default, then the file, then the environment, then the flag', () => {
    const file = { port: 9100 };
    const env = { SENTINEL_PORT: '9200' };
    const flags = { port: '9300' };
    const told = (sources: Partial<ConfigSources>) => {
      const { config, origins } = load(sources);
      return [config.port, origins.port];
    };
    expect(told({})).toEqual([9003, 'default']);
    expect(told({ file })).toEqual([9100, 'file']);
    expect(told({ file, env })).toEqual([9200, 'environment']);
    expect(told({ file, env, flags })).toEqual([9300, 'flag']);
  });

  it('is the first of several names in the environment', () => {
    const env = { DATABASE_URL: 'postgres://first.test/x', SENTINEL_DATABASE_URL: 'postgres://second.test/x' };
    expect(load({ env }).config.databaseUrl?.reveal()).toBe('postgres://first.test/x');
    expect(load({ env: { ...env, DATABASE_URL: '' } }).config.databaseUrl?.reveal()).toBe('postgres://second.test/x');
  });

  it('takes an empty variable for an absent one', () => {
    expect(load({ file: { port: 9100 }, env: { SENTINEL_PORT: '' } }).origins.port).toBe('file');
  });

  it('cannot be changed once it is loaded', () => {
    const { config } = load();
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('has defaults that are valid by themselves', () => {
    expect(SETTING_NAMES.every((name) => load().origins[name] === 'default')).toBe(true);
  });
});

describe('what cannot be used', () => {
  it('names every wrong setting at once, each with its variable', () => {
    const sentences = sentencesOf({ env: { SENTINEL_PORT: 'many', SENTINEL_LOG_LEVEL: 'loud' } });
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toMatch(/^port \(SENTINEL_PORT\) is not valid/);
    expect(sentences[1]).toMatch(/^logLevel \(SENTINEL_LOG_LEVEL\) is not valid/);
  });

  it('refuses names the file may not hold, even those every object has', () => {
    for (const name of ['prot', 'constructor', 'toString'])
      expect(sentencesOf({ file: { [name]: 'x' } })).toEqual([`sentinel.config.json has an unknown setting: ${name}.`]);
  });

  it.each([['a text'], [['port']], [{ port: { of: 1 } }], [7]])('refuses a file that is %j', (file) => {
    expect(sentencesOf({ file }).join()).toContain('must be an object');
  });

  it('never repeats the value of a secret', () => {
    const secret = Buffer.alloc(32, 'hunter2').toString('base64');
    for (const name of SETTING_NAMES.filter((each) => SETTINGS[each].secret)) {
      const env = { [SETTINGS[name].env[0]]: secret, SENTINEL_PORT: 'x', SENTINEL_HOST: '0.0.0.0' };
      expect(sentencesOf({ env }).join(' ')).not.toContain(secret);
      const listed = [{ id: 'acme', issuer: 'https://issuer.example', clientId: 'x', clientSecret: secret }];
      const value = name === 'oidcProviders' ? JSON.stringify(listed) : secret;
      const { config } = load({ env: { ...BESIDE, [SETTINGS[name].env[0]]: value } });
      expect(config[name]).toMatchObject({ reveal: expect.any(Function) });
      expect(`${JSON.stringify(config)} ${String(config[name])}`).not.toContain(value);
    }
  });
});

describe('unsafe combinations', () => {
  it.each(['0.0.0.0', '::', '192.0.2.7', 'sentinel.example'])('listening on %s needs a public address', (host) => {
    expect(sentencesOf({ flags: { host } }).join()).toContain('needs publicUrl');
    expect(sentencesOf({ flags: { host }, env: PUBLIC })).toEqual([]);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('listening on %s needs none', (host) => {
    expect(sentencesOf({ flags: { host } })).toEqual([]);
  });

  it.each([
    ['http://sentinel.example', 'must be https'],
    ['https://sentinel.example/path', 'without a path'],
    ['https://sentinel.example/?a=b', 'without a path'],
    ['sentinel.example', 'publicUrl (SENTINEL_PUBLIC_URL) is not valid'],
  ])('a public address of %s is refused', (publicUrl, finding) => {
    expect(sentencesOf({ flags: { publicUrl } }).join()).toContain(finding);
  });

  it.each(['http://localhost:9003', 'http://127.0.0.1:9003', 'http://[::1]:9003'])(
    'a loopback address of %s may be plain http',
    (publicUrl) => {
      expect(sentencesOf({ flags: { publicUrl } })).toEqual([]);
    },
  );

  it('a login for migrations alone is refused', () => {
    expect(sentencesOf({ env: { DIRECT_URL: 'postgres://x.test/x' } }).join()).toContain('needs DATABASE_URL');
  });
});

describe('trusted proxies', () => {
  const trusted = (text: string) => load({ env: { SENTINEL_TRUSTED_PROXIES: text } }).config.trustedProxies;

  it('are nobody unless named', () => {
    expect(load().config.trustedProxies).toBeNull();
  });

  it('are addresses and ranges, separated by commas', () => {
    expect(trusted('127.0.0.1')).toEqual(['127.0.0.1']);
    expect(trusted(' 10.0.0.0/8, ::1 ,2001:db8::/32')).toEqual(['10.0.0.0/8', '::1', '2001:db8::/32']);
  });

  it.each(['proxy.example', '10.0.0.0/33', '0.0.0.0/0', '::/0', '127.0.0.1,', 'loopback', '10.0.0', ','])(
    'cannot be %s',
    (text) => {
      const [sentence] = sentencesOf({ env: { SENTINEL_TRUSTED_PROXIES: text } });
      expect(sentence).toMatch(/^trustedProxies \(SENTINEL_TRUSTED_PROXIES\) is not valid/);
    },
  );
});

describe('the environment a browser is given', () => {
  it('is what a desktop needs and no secret', () => {
    const desktop = {
      PATH: '/usr/bin',
      HOME: '/home/ada',
      DISPLAY: ':0',
      WAYLAND_DISPLAY: 'wayland-0',
      XDG_RUNTIME_DIR: '/run/user/1000',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
      LANG: 'en_GB.UTF-8',
    };
    const secrets = {
      SENTINEL_VAULT_KEY: 'x',
      DATABASE_URL: 'x',
      DIRECT_URL: 'x',
      PGPASSWORD: 'x',
      NODE_OPTIONS: '--inspect',
      SENTINEL_XDG_KEY: 'x',
    };
    expect(desktopEnvironment({ ...desktop, ...secrets })).toEqual(desktop);
  });
});
