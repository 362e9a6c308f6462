import { defineConfig } from 'vitest/config';

/** Suites with real processes, sockets, disks or clocks: on a busy machine something may come late that is not wrong. */
const withProcesses = [
  'test/{bench,browser,classroom,cluster,conformance,crash,disk,e2e,fuzz,hostile,overload}/**/*.test.ts',
  'src/{cli,client,http,log}/**/*.test.ts',
  // They run etcd, and other versions of Node.
  'src/replica/activate.test.ts',
  'test/replay/nodes.test.ts',
];

/** What the core promises, stated so that every branch of it is needed: `npm run coverage`. */
const ofTheCore = ['src/core/**/*.test.ts', 'test/scenarios/*.test.ts', 'test/tidy/catalogue.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Every core: Vitest by itself leaves one free, which of two is half of them.
    maxWorkers: '100%',
    coverage: {
      include: ['src/core/**/*.ts'],
      reporter: ['text'],
      thresholds: { 100: true },
    },
    projects: [
      {
        extends: true,
        // What keeps no state between calls needs no fresh process for each file.
        test: { name: 'core', include: ofTheCore, isolate: false },
      },
      {
        extends: true,
        // What is computed is right at once or wrong.
        test: {
          name: 'pure',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...withProcesses, ...ofTheCore],
        },
      },
      {
        extends: true,
        // A second try, said in the report, and only where nobody watches.
        test: { name: 'processes', include: withProcesses, retry: process.env.CI ? 1 : 0 },
      },
    ],
  },
});
