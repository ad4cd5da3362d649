import { fileURLToPath } from 'node:url';

/** Where prepared databases of tests are kept. */
export const TEST_CACHE = fileURLToPath(new URL('../../../../../node_modules/.cache/sentinel', import.meta.url));
