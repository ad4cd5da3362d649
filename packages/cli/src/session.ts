// What every command is given: settings, the workspace meant, and the terminal.
import type { Reach } from './connection.ts';
import type { Terminal } from './terminal.ts';

export interface Session {
  readonly reach: Reach;
  readonly terminal: Terminal;
}
