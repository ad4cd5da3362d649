// Names a database server for people (never its password) and says in a sentence what keeps us from using it.
import { DatabaseUnusable, type DatabaseTrouble, errorCode } from './errors.ts';

export interface ServerTarget {
  readonly url: string;
  /** `host:port/database`, for messages. */
  readonly place: string;
  readonly login: string;
}

/** Reads a `postgres://` URL. */
export function serverTarget(text: string): ServerTarget {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new DatabaseUnusable(
      'unreachable',
      'The database URL is not valid. It looks like postgres://login:password@host:5432/database.',
    );
  }
  const host = url.hostname || decodeURIComponent(url.searchParams.get('host') ?? 'localhost');
  return {
    url: text,
    place: `${host}:${url.port || '5432'}${url.pathname}`,
    login: decodeURIComponent(url.username) || 'the login',
  };
}

/** Turns an error of connecting or preparing into one that says what to do; any other error stays as it is. */
export function troubleOf(error: unknown, target: ServerTarget): unknown {
  if (error instanceof DatabaseUnusable) return error;
  const code = errorCode(error) ?? '';
  const trouble = TROUBLES[code];
  if (trouble !== undefined) return new DatabaseUnusable(trouble, sentence(trouble, target), error);
  return code === '' && error instanceof Error && /timeout|terminated/i.test(error.message)
    ? new DatabaseUnusable('unreachable', sentence('unreachable', target), error)
    : error;
}

const TROUBLES: Readonly<Record<string, DatabaseTrouble>> = {
  ECONNREFUSED: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ECONNRESET: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOENT: 'unreachable',
  '57P03': 'unreachable',
  '53300': 'unreachable',
  '28000': 'refused',
  '28P01': 'refused',
  '3D000': 'no_database',
  '42501': 'lacks_privilege',
};

function sentence(trouble: DatabaseTrouble, target: ServerTarget): string {
  switch (trouble) {
    case 'refused':
      return `The database at ${target.place} refused the login ${target.login}. Check user name and password in its URL, and pg_hba.conf on the server.`;
    case 'no_database':
      return `The server has no database of that name (${target.place}). Create it: createdb, or "create database".`;
    case 'lacks_privilege':
      return `The login ${target.login} at ${target.place} lacks the right to prepare the database. Set DIRECT_URL to a login with CREATEROLE that owns the database.`;
    default:
      return `The database at ${target.place} cannot be reached. Check that it runs and that host and port in its URL are right.`;
  }
}
