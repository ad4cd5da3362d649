// Gathers the facts of the product and makes every page of docs/reference from them.
import { homedir } from 'node:os';
import { buildProgram } from '../packages/cli/src/program.ts';
import { SETTINGS } from '../packages/server/src/config.ts';
import { checklistPage } from './reference-checklist.ts';
import { apiPage, cliPage } from './reference-surfaces.ts';
import { actionsPage, auditEventsPage, configPage, outcomesPage, problemsPage } from './reference-tables.ts';
import { servedRoutes } from './served-routes.ts';

/** Every page, by its path from the root. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/problems.md', problemsPage()],
    ['docs/reference/outcomes.md', outcomesPage()],
    ['docs/reference/actions.md', actionsPage()],
    ['docs/reference/audit-events.md', auditEventsPage()],
    ['docs/reference/config.md', configPage(SETTINGS, homedir())],
    ['docs/reference/cli.md', cliPage(buildProgram())],
    ['docs/reference/security-checklist.md', checklistPage()],
    ['docs/reference/api.md', apiPage(await servedRoutes())],
  ]);
}
