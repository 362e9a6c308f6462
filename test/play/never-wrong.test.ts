import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentNamed } from '../../src/play/names.ts';
import { runSide } from '../../src/play/run.ts';
import type { ActorState, Diagram, RunRecord } from '../../src/play/types.ts';
import { fewOr, holds } from '../harness/property.ts';
import { anyRecord } from './records.ts';

/** Agents that name themselves and their rounds, whatever is lost, late, doubled or dies: they agree, or go on. */

const named = anyRecord.map((record): RunRecord => ({ ...record, clients: 'named' }));

test('Quorate never deadlocks, and never agrees on what the quorum did not say', () => {
  holds(
    fc.property(named, (record) => {
      const diagram = runSide(record, 'quorate');
      expect(['SUCCESS', 'OPEN']).toContain(diagram.verdict.verdict);
      expectBacked(diagram, record);
    }),
    fewOr(150, 1000),
  );
});

test('Quorate agrees as soon as numbers can be equal and messages get through', () => {
  const fewFaults = named.map(
    (record): RunRecord => ({
      ...record,
      max: 1,
      draws: null,
      loss: record.loss % 31,
      delay: record.delay % 31,
      duplication: record.duplication % 21,
      crash: record.crash % 11,
    }),
  );
  holds(
    fc.property(fewFaults, (record) => {
      expect(runSide(record, 'quorate').verdict).toMatchObject({ verdict: 'SUCCESS', value: 1 });
    }),
    fewOr(100, 500),
  );
});

test('without faults the clients of the exercise end as well on Quorate, in any order', () => {
  const noFaults = anyRecord.map(
    (record): RunRecord => ({
      ...record,
      clients: 'anonymous',
      max: 3,
      draws: null,
      quorum: 2,
      agents: Math.min(record.agents, 3),
      turns: record.turns?.map((agent) => agent % Math.min(record.agents, 3)) ?? null,
      fates: new Map(),
      loss: 0,
      delay: 0,
      duplication: 0,
      crash: 0,
    }),
  );
  holds(
    fc.property(noFaults, (record) => {
      expect(runSide(record, 'quorate').verdict).toMatchObject({ verdict: 'SUCCESS' });
    }),
    fewOr(100, 500),
  );
});

/** By the messages alone: all that ended hold one number, and as many agents as the quorum sent it for one round. */
function expectBacked({ events, verdict }: Diagram, { quorum }: RunRecord): void {
  const last = new Map<number, ActorState>();
  for (const event of events) if (event.type === 'state') last.set(event.who, event.state);
  const ended = [...last.values()].filter((state) => state.kind === 'agent' && state.phase === 'ended');
  const decisions = new Set(ended.map((state) => state.kind === 'agent' && state.decision));
  expect(decisions.size).toBeLessThanOrEqual(1);
  if (verdict.verdict !== 'SUCCESS') return;
  expect([...decisions]).toEqual([verdict.value]);
  const backers = events.flatMap((event) => {
    if (event.type !== 'message' || event.content.kind !== 'post' || !('value' in event.content)) return [];
    const { round, value } = event.content;
    return round === verdict.round && value === verdict.value ? [agentNamed(event.name.charAt(0))] : [];
  });
  expect(new Set(backers).size).toBeGreaterThanOrEqual(quorum);
}
