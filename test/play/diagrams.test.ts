import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statesAt } from '../../src/play/diagram.ts';
import { Exercise } from '../../src/play/exercise.ts';
import { Quorate } from '../../src/play/quorate.ts';
import { runSide } from '../../src/play/run.ts';
import type { Diagram, RunRecord, Side } from '../../src/play/types.ts';
import { fewOr, holds } from '../harness/property.ts';
import { anyRecord } from './records.ts';

/** What a picture may rely on, of every run. */

/** Whether each diagram is as `look` expects it. */
function ofAnyRun(look: (diagram: Diagram, record: RunRecord) => void): void {
  const side = fc.constantFrom<Side[]>('exercise', 'quorate');
  holds(
    fc.property(anyRecord, side, (record, one) => look(runSide(record, one), record)),
    fewOr(40, 200),
  );
}

test('the states beside the lifelines come to what the verdict says', () => {
  ofAnyRun((diagram, record) => {
    const states = statesAt(diagram, diagram.steps);
    expect(states).toHaveLength(record.agents + 1);
    const agents = states.slice(0, -1).map((state) => state?.kind === 'agent' && state.phase);
    const { verdict } = diagram;
    if (verdict.verdict === 'SUCCESS' || verdict.verdict === 'WRONG')
      expect(new Set(agents)).toEqual(new Set(['ended']));
    if (verdict.verdict === 'DEADLOCK')
      expect(agents.flatMap((phase, i) => (phase === 'ended' ? [] : [i]))).toEqual(verdict.waiting);
    expect(states.at(-1)).toMatchObject({ kind: 'server', of: record.agents });
  });
});

test('the numbers that are in follow from the messages that have arrived', () => {
  ofAnyRun((diagram) => {
    let count = 0;
    for (const event of diagram.events) {
      if (event.type === 'note' && event.note === 'in') count = event.count;
      if (event.type === 'note' && ['closed', 'thrown-away', 'forgot'].includes(event.note)) count = 0;
      if (event.type === 'state' && event.state.kind === 'server') expect(event.state.count).toBe(count);
    }
  });
});

test('every message is sent before it arrives, in a step of its own, to or from the server', () => {
  ofAnyRun((diagram, record) => {
    const arrivals = messagesIn(diagram).flatMap(({ arrived }) => arrived ?? []);
    expect(new Set(arrivals).size).toBe(arrivals.length);
    for (const { name, from, to, at, arrived, fate } of messagesIn(diagram)) {
      expect([from, to]).toContain(record.agents);
      expect(name.endsWith('r')).toBe(from === record.agents);
      expect(arrived ?? diagram.steps).toBeGreaterThanOrEqual(at);
      if (fate === 'drop') expect(arrived).toBe(null);
    }
  });
});

test('events stand in the order of their steps, and none is after the last', () => {
  ofAnyRun((diagram) => {
    const steps = diagram.events.map(({ at }) => at);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps.at(-1)).toBeLessThanOrEqual(diagram.steps);
  });
});

test('the requests that arrived, given to a fresh server in that order, get the replies of the diagram and leave its state', () => {
  const side = fc.constantFrom<Side[]>('exercise', 'quorate');
  holds(
    fc.property(anyRecord, side, (record, one) => {
      const diagram = runSide(record, one);
      const server = one === 'exercise' ? new Exercise(record.agents, record.quorum) : new Quorate(record);
      const messages = messagesIn(diagram);
      const arrived = messages
        .filter(({ from, arrived }) => from < record.agents && arrived !== null)
        .toSorted((a, b) => (a.arrived ?? 0) - (b.arrived ?? 0));
      for (const request of arrived) {
        const { reply } = server.handle(request.from, request.content);
        if (request.fate === 'crash') server.restart();
        const said = messages.find(({ from, at }) => from === record.agents && at === request.arrived);
        if (request.fate === 'crash') expect(said).toBe(undefined);
        else expect(said?.content).toEqual(reply);
      }
      expect(statesAt(diagram, diagram.steps).at(-1)).toEqual(server.state());
    }),
    fewOr(40, 200),
  );
});

function messagesIn({ events }: Diagram) {
  return events.flatMap((event) => (event.type === 'message' ? [event] : []));
}
