import fc from 'fast-check';
import { agentName } from '../../src/play/names.ts';
import { bounds } from '../../src/play/record.ts';
import type { Fate, RunRecord } from '../../src/play/types.ts';

/** Records for properties: every setting anywhere in its bounds. */

const fate = fc.constantFrom<Fate[]>('arrive', 'drop', 'delay', 'duplicate', 'crash');

const fates = fc
  .array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 30 }), fc.constantFrom('', 'r'), fate), {
    maxLength: 6,
  })
  .map((list) => new Map(list.map(([agent, k, reply, one]) => [`${agentName(agent)}${k}${reply}`, one])));

export const anyRecord: fc.Arbitrary<RunRecord> = fc
  .record({ agents: fc.integer({ min: 2, max: 10 }), max: fc.integer({ min: 1, max: 12 }) })
  .chain(({ agents, max }) =>
    fc.record({
      seed: fc.nat(bounds.seed[1]),
      agents: fc.constant(agents),
      quorum: fc.integer({ min: 2, max: agents }),
      max: fc.constant(max),
      clients: fc.constantFrom<RunRecord['clients'][]>('anonymous', 'named'),
      replies: fc.constantFrom<RunRecord['replies'][]>('at-once', 'any-time'),
      loss: percent(bounds.loss[1]),
      delay: percent(bounds.delay[1]),
      duplication: percent(bounds.duplication[1]),
      crash: percent(bounds.crash[1]),
      fates,
      turns: fc.option(fc.array(fc.nat(agents - 1), { maxLength: 40 })),
      draws: fc.option(
        fc.array(fc.array(fc.integer({ min: 1, max }), { maxLength: 6 }), {
          minLength: agents,
          maxLength: agents,
        }),
      ),
    }),
  );

/** Mostly nothing, so that faults are also met alone. */
function percent(most: number): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(0), fc.nat(most));
}
