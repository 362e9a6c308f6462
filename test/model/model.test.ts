import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Settings } from '../../src/core/types.ts';
import { fewOr } from '../harness/property.ts';
import { anySettings } from './any-rule.ts';
import { Driver, stepOf } from './driver.ts';

/** Runs: MODEL_RUNS (default 20,000 in CI and 5,000 elsewhere); a failure names the seed that repeats it: MODEL_SEED. */
const runs = Number(process.env.MODEL_RUNS ?? fewOr(5000, 20_000));
const seed =
  process.env.MODEL_SEED === undefined ? Date.now() % 1_000_000_000 : Number(process.env.MODEL_SEED);

const planOf = fc.record({
  settings: anySettings,
  mayClose: fc.constantFrom<Settings['mayClose']>('admin', 'agents', ['ann']),
  admission: fc.constantFrom<Settings['admission']>('open', 'open', 'key', 'invite'),
  mayWaive: fc.constantFrom<Settings['mayWaive']>(undefined, ['ann'], ['bob', 'eve']),
  retention: fc.constantFrom<Settings['retention']>(undefined, undefined, { rounds: null, idle: 4000 }),
  steps: fc.array(stepOf, { maxLength: 30, size: 'max' }),
});

const parts = 4;
for (let part = 0; part < parts; part += 1) {
  it(`does what the reference model does, part ${part + 1} of ${parts}`, { timeout: 600_000 }, () => {
    const seen = new Set<string>();
    const property = fc.property(planOf, ({ settings, mayClose, mayWaive, admission, retention, steps }) => {
      const kept = retention === undefined ? {} : { retention };
      const waivers = mayWaive === undefined || 'size' in settings.rule.electorate ? {} : { mayWaive };
      const driver = new Driver({ ...settings, mayClose, admission, ...kept, ...waivers });
      try {
        for (const step of steps) driver.take(step);
      } catch (error) {
        const rule = JSON.stringify(settings.rule);
        throw new Error(`${(error as Error).message}\n${rule}\n${driver.done.join('\n')}`, { cause: error });
      }
      for (const answer of driver.answers) seen.add(answer);
    });
    const numRuns = Math.ceil(runs / parts);
    const report = fc.check(property, {
      numRuns,
      seed: seed + part,
      ...(process.env.MODEL_PATH ? { path: process.env.MODEL_PATH } : {}),
    });
    if (report.failed) {
      const rerun = `MODEL_SEED=${seed} npx vitest run test/model/model.test.ts -t 'part ${part + 1}'`;
      throw new Error(
        `run ${report.numRuns} of seed ${report.seed}, path ${report.counterexamplePath}; again: ${rerun}\n${String(report.errorInstance)}`,
      );
    }
    expect(report.numRuns).toBe(numRuns);
    if (numRuns >= 2000) {
      for (const answer of [
        'proposed',
        'repeated',
        'changed',
        'SUCCESS',
        'FAILED',
        'WAITING',
        'closed',
        'opened',
        'round-closed',
        'revision-mismatch',
        'waived',
        'waived-before',
        'cannot-be-waived',
        'may-not-waive',
        'deadline-set',
        'deadline-out-of-range',
        'not-an-option',
        'redeemed',
        'not-invited',
        'no-such-field',
      ])
        expect(seen, answer).toContain(answer);
    }
  });
}
