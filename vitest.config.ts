import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Suites with real processes, sockets, disks or clocks: on a busy machine something may come late that is not wrong. */
const withProcesses = [
  'test/{bench,browser,classroom,cluster,conformance,crash,deploy,disk,e2e,fuzz,gates,hostile,overload,soak}/**/*.test.ts',
  'src/{cli,client,http,log,webhooks}/**/*.test.ts',
  'src/web/feed.test.ts',
  // They run etcd, and other versions of Node.
  'src/replica/activate.test.ts',
  'test/replay/nodes.test.ts',
];

/** What the core promises, stated so that every branch of it is needed: `npm run coverage`. */
const ofTheCore = ['src/core/**/*.test.ts', 'test/scenarios/*.test.ts', 'test/tidy/catalogue.test.ts'];

/** Spreads the files that compute evenly among those that mostly wait, which leave them half of the machine. */
class Mixed extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const of = (name: string) => sorted.filter(({ project }) => project.name === name);
    const evenly = ['pure', 'processes'].flatMap((name) =>
      of(name).map((file, i, { length }) => ({ at: (i + 0.5) / length, file })),
    );
    // The files of the core share processes, and so come one after the other.
    return [...of('core'), ...evenly.sort((a, b) => a.at - b.at).map(({ file }) => file)];
  }
}

export default defineConfig({
  test: {
    // For a machine that has other work too: only what hangs takes so long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One more than there are cores: suites with processes mostly wait.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: Mixed },
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
        // What is computed is right or wrong, however long it takes. It gives way to what has clocks.
        test: {
          name: 'pure',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...withProcesses, ...ofTheCore],
          setupFiles: ['test/harness/gives-way.ts'],
          testTimeout: 1_200_000,
        },
      },
      {
        extends: true,
        // A second try, said in the report, and only where nobody watches.
        test: {
          name: 'processes',
          include: withProcesses,
          retry: process.env.CI ? 1 : 0,
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});
