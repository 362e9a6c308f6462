import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Settings } from '../../src/core/types.ts';
import { fewOr } from '../harness/property.ts';
import { anySettings } from './any-rule.ts';
import { Driver } from './driver.ts';
import { stepsOf } from './steps.ts';

/** Runs: MODEL_RUNS (default 12,000 in CI and 5,000 elsewhere); a failure names the seed that repeats it: MODEL_SEED. */
const runs = Number(process.env.MODEL_RUNS ?? fewOr(5000, 12_000));
const seed =
  process.env.MODEL_SEED === undefined ? Date.now() % 1_000_000_000 : Number(process.env.MODEL_SEED);

const planOf = fc.record({
  settings: anySettings,
  mayClose: fc.constantFrom<Settings['mayClose']>('admin', 'agents', ['ann']),
  admission: fc.constantFrom<Settings['admission']>('open', 'open', 'key', 'invite'),
  mayWaive: fc.constantFrom<Settings['mayWaive']>(undefined, ['ann'], ['bob', 'eve']),
  maySpend: fc.constantFrom<Settings['maySpend']>(undefined, 'agents', ['ann', 'bob']),
  retention: fc.constantFrom<Settings['retention']>(
    undefined,
    undefined,
    { rounds: null, idle: 4000 },
    { rounds: null, idle: 4000, messages: 2 },
    { rounds: null, idle: null, messages: 3 },
  ),
  steps: stepsOf,
});

const parts = 4;
/** Every answer of the core that the histories met. */
const seen = new Set<string>();
for (let part = 0; part < parts; part += 1) {
  it(`does what the reference model does [Q9.3] [Q9.4] [Q9.5] [Q9.6] [Q9.8] [Q10.4] [Q10.7] [Q11.4] [Q11.6], part ${part + 1} of ${parts}`, () => {
    const property = fc.property(
      planOf,
      ({ settings, mayClose, mayWaive, maySpend, admission, retention, steps }) => {
        const kept = retention === undefined ? {} : { retention };
        const waivers = mayWaive === undefined || 'size' in settings.rule.electorate ? {} : { mayWaive };
        const spenders = maySpend === undefined ? {} : { maySpend };
        const driver = new Driver({ ...settings, mayClose, admission, ...kept, ...waivers, ...spenders });
        try {
          for (const step of steps) driver.take(step);
        } catch (error) {
          const rule = JSON.stringify(settings.rule);
          throw new Error(`${(error as Error).message}\n${rule}\n${driver.done.join('\n')}`, {
            cause: error,
          });
        }
        for (const answer of driver.answers) seen.add(answer);
      },
    );
    const numRuns = Math.ceil(runs / parts);
    const report = fc.check(property, {
      numRuns,
      seed: seed + part,
      ...(process.env.MODEL_PATH ? { path: process.env.MODEL_PATH } : {}),
    });
    if (report.failed) {
      const rerun = `MODEL_SEED=${seed} MODEL_RUNS=${runs} npx vitest run test/model/model.test.ts -t 'part ${part + 1}'`;
      throw new Error(
        `run ${report.numRuns} of seed ${report.seed}, path ${report.counterexamplePath}; again: ${rerun}\n${String(report.errorInstance)}`,
      );
    }
    expect(report.numRuns).toBe(numRuns);
  });
}

it.skipIf(runs < 8000)('the histories meet each kind of answer', () => {
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
    'said',
    'said-before',
    'cursor-set',
    'cursor-ahead',
    'not-in-view',
    'view-changed',
    'message-not-found',
    'ack-out-of-reach',
    'claimed',
    'claimed-before',
    'claim-renewed',
    'spent',
    'spent-before',
    'claim-given-back',
    'no-decision',
    'superseded',
    'stale-fence',
    'may-not-spend',
    'webhook-made',
    'webhook-changed',
    'delivery-queued',
    'delivery-queued-before',
    'deliveries-held',
    'attempt-noted',
    'attempt-ignored',
    'webhook-disabled',
  ])
    expect(seen, answer).toContain(answer);
});
