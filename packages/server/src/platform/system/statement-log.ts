// Does the PostgreSQL server write statement parameters into its log? Then every address the gate looks up would stand
// there, those of dropped messages too (PostgreSQL 15, 20.8 "Error Reporting and Logging"; auto_explain, F.4).
import type { Database } from '../db/database.ts';

export const STATEMENT_LOG_FIX =
  'alter system set log_parameter_max_length = 0; alter system set log_parameter_max_length_on_error = 0; ' +
  'alter system set auto_explain.log_parameter_max_length = 0 (where auto_explain is loaded); select pg_reload_conf();';

/** Answers for this moment; the embedded database has no log. */
export async function logsParameters({ kind, engine }: Pick<Database, 'kind' | 'engine'>): Promise<boolean> {
  if (kind === 'embedded') return false;
  const { rows } = await engine.run('select name, setting from pg_settings where name like $1 or name like $2', [
    'log\\_%',
    'auto\\_explain.%',
  ]);
  const settings = new Map(rows.map((row) => [String(row['name']), String(row['setting'])]));
  const is = (name: string, ...quiet: string[]) => !quiet.includes(settings.get(name) ?? quiet[0] ?? '');
  const logsStatements =
    is('log_statement', 'none') || is('log_min_duration_statement', '-1') || is('log_min_duration_sample', '-1');
  return (
    is('log_parameter_max_length_on_error', '0') ||
    (logsStatements && is('log_parameter_max_length', '0')) ||
    (is('auto_explain.log_min_duration', '-1') && is('auto_explain.log_parameter_max_length', '0'))
  );
}
