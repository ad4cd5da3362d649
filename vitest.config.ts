// Three kinds of tests: units beside their source, journeys through the whole, and the console in a real browser.
// Two workers, one for each core of the machine that the suite is measured on.
import { defineConfig } from 'vitest/config';

/** Files share their worker: each would load the server and compile the embedded database anew, which takes as long as its tests. */
const everywhere = {
  pool: 'forks',
  isolate: false,
  env: { TZ: 'UTC', NO_COLOR: '1' },
  restoreMocks: true,
  unstubEnvs: true,
} as const;

export default defineConfig({
  test: {
    watch: false,
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      {
        test: {
          ...everywhere,
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: 'journeys',
          include: ['tests/*.test.ts', 'tests/journeys/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
