import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { chapters } from './chapters.ts';
import { withFate } from './edit.ts';
import { decode, standard } from './record.ts';
import { runSide, simulate } from './run.ts';
import type { Diagram, DiagramEvent, Fate, RunRecord, Side } from './types.ts';

const sides: readonly Side[] = ['exercise', 'quorate'];
const named: RunRecord = { ...standard, clients: 'named' };

describe('a run', () => {
  // Addresses of runs are kept and passed on: if one of these must change, so do the pictures of everybody who has kept one.
  it.each([
    ['seed=17', 'a17ad26a319ccf01'],
    ['seed=12040', '3014a5fc774f22e2'],
    ['seed=19966&clients=named', 'fba911d0d5fd78a3'],
    ['seed=25&clients=named&fates=A1r-drop', '7b7f7be4b0da8d7d'],
    ['seed=3&replies=any-time&agents=5&quorum=3&max=6', 'c6003ea11de23356'],
    ['seed=8&clients=named&agents=4&loss=20&delay=10&duplication=10&crash=5', 'e6de78fd23f7523c'],
    ['seed=4&turns=ABCABC&draws=1-2.3.3&fates=B2-crash.C1r-crash', '37b8080e86fe7e92'],
  ])('of %s is the same for ever', (query, expected) => {
    const { record, problems } = decode(query);
    expect(problems).toEqual([]);
    expect(digest(sides.map((side) => runSide(record, side)))).toBe(expected);
  });

  it('goes the same way on both sides until they answer differently', () => {
    const [left, right] = sides.map((side) => contents(runSide({ ...standard, seed: 12040 }, side)));
    const same = left?.findIndex((content, i) => content !== right?.[i]);
    // The first reply that differs is the second FAILED to one agent.
    expect(left?.[same ?? 0]).toContain('"state":"FAILED"');
    expect(right?.[same ?? 0]).toContain('"state":"WAITING"');
    expect(same).toBeGreaterThan(10);
  });

  it('takes the turns and draws that the record names, and the seed after them', () => {
    const record = { ...standard, turns: [2, 2, 0, 1], draws: [[9], [8, 7], []] };
    const { turns, draws } = simulate(record, 'quorate');
    expect(turns.slice(0, 4)).toEqual([2, 2, 0, 1]);
    expect(turns.slice(4, 8)).toEqual([2, 0, 1, 2]);
    expect(draws.map((drawn) => drawn[0])).toEqual([9, 8, simulate(standard, 'quorate').draws[2]?.[0]]);
  });

  it('says outright what chance did in it, so that it is the same run again', () => {
    for (let seed = 1; seed <= 50; seed += 1)
      for (const side of sides) {
        const record = { ...named, seed, loss: 15, delay: 15, duplication: 15, crash: 10 };
        const { diagram, ...said } = simulate(record, side);
        const outright = { ...record, ...said, loss: 0, delay: 0, duplication: 0, crash: 0 };
        expect(runSide(outright, side), `seed ${seed}`).toEqual(diagram);
      }
  });

  it('that goes on for ever is stopped and said to be open', () => {
    const record = { ...named, agents: 10, quorum: 10, max: 1000 };
    for (const side of sides) {
      const { verdict, steps } = runSide(record, side);
      if (side === 'quorate')
        expect({ verdict, steps }).toEqual({ verdict: { verdict: 'OPEN' }, steps: 2000 });
      else expect(steps).toBeLessThanOrEqual(2000);
    }
  });
});

describe('what becomes of a message', () => {
  const at = (name: string, fate: Fate, side: Side = 'quorate') => runSide(withFate(named, name, fate), side);

  it('that is lost: it is sent again when the wait is over', () => {
    const diagram = at('A1', 'drop');
    expect(messages(diagram, 'A1')).toMatchObject([{ fate: 'drop', arrived: null }]);
    expect(diagram.events.find(({ type }) => type === 'retry')).toMatchObject({ who: 0 });
    expect(messages(diagram, 'A2')[0]?.content).toEqual(messages(diagram, 'A1')[0]?.content);
    expect(diagram.verdict).toMatchObject({ verdict: 'SUCCESS' });
  });

  it('that is late: it arrives all the same, and its reply may be expected no longer', () => {
    const lengths = ['A1', 'B1', 'C1', 'A2', 'B2', 'C2'].map((name) => {
      const [message] = messages(at(name, 'delay'), name);
      return (message?.arrived ?? 0) - (message?.at ?? 0);
    });
    for (const length of lengths) expect(length).toBeGreaterThan(0);
    const stale = Array.from({ length: 40 }, (_, seed) =>
      runSide(withFate({ ...named, seed }, 'A1', 'delay'), 'quorate'),
    ).filter((diagram) => messages(diagram, 'A1r').some((message) => message.stale));
    expect(stale.length).toBeGreaterThan(0);
    for (const { verdict } of stale) expect(verdict).toMatchObject({ verdict: 'SUCCESS' });
  });

  it('that arrives twice: the exercise counts it twice, Quorate once', () => {
    const record = withFate({ ...named, turns: [0, 0, 0, 0, 0, 1, 2] }, 'A1', 'duplicate');
    const counted = notes(runSide(record, 'exercise'));
    expect(counted).toContainEqual(expect.objectContaining({ note: 'counted-again', agent: 0 }));
    const diagram = runSide(record, 'quorate');
    expect(messages(diagram, 'A1').map(({ copy }) => copy)).toEqual([false, true]);
    expect(notes(diagram)).toContainEqual(expect.objectContaining({ note: 'counted-once', agent: 0 }));
  });

  it('that the server dies of: the exercise forgets, Quorate applies its log again', () => {
    expect(notes(at('B1', 'crash', 'exercise'))).toContainEqual(expect.objectContaining({ note: 'forgot' }));
    const diagram = at('B1', 'crash');
    expect(notes(diagram)).toContainEqual(expect.objectContaining({ note: 'replayed' }));
    expect(messages(diagram, 'B1r')).toEqual([]);
    expect(diagram.verdict).toMatchObject({ verdict: 'SUCCESS' });
  });

  it('that an agent dies of: it starts from the beginning, and its first number stands', () => {
    const diagram = at('C1r', 'crash');
    const kinds = diagram.events.filter(({ type }) => type === 'crash' || type === 'restart');
    expect(kinds).toMatchObject([
      { type: 'crash', who: 2 },
      { type: 'restart', who: 2 },
    ]);
    expect(diagram.verdict).toMatchObject({ verdict: 'SUCCESS' });
  });

  it('can be given back to chance', () => {
    expect(withFate(withFate(named, 'A1', 'drop'), 'A1', null)).toEqual(named);
  });

  it('is on both sides the same for the same message', () => {
    const record = { ...named, loss: 20, delay: 20, duplication: 20, crash: 10 };
    const [left, right] = sides.map((side) => fatesOfPosts(runSide(record, side)));
    const both = [...(left ?? [])].filter(([name]) => right?.has(name));
    expect(both.length).toBeGreaterThan(3);
    for (const [name, fate] of both) expect(right?.get(name), name).toBe(fate);
  });
});

describe.each(chapters)('the chapter $id', ({ id, record }) => {
  const [left, right] = sides.map((side) => runSide(record, side)) as [Diagram, Diagram];

  it('fails on the left, and ends on the right with as many as the quorum behind one number', () => {
    const failures = {
      deadlock: { verdict: 'DEADLOCK', waiting: [0, 1, 2] },
      itself: { verdict: 'WRONG', why: 'itself', value: 7 },
      'lost-reply': { verdict: 'WRONG', why: 'itself', value: 9 },
    };
    expect(left.verdict).toEqual(failures[id]);
    const decided = { deadlock: [3, 2], itself: [7, 2], 'lost-reply': [3, 1] }[id];
    expect(right.verdict).toEqual({ verdict: 'SUCCESS', value: decided[0], round: decided[1] });
  });

  it('is short enough to be read', () => {
    expect(Math.max(left.steps, right.steps)).toBeLessThanOrEqual(40);
  });
});

test('the chapters show what they are about', () => {
  const [deadlock, itself, lost] = chapters.map(({ record }) => runSide(record, 'exercise')) as [
    Diagram,
    Diagram,
    Diagram,
  ];
  expect(notes(deadlock).filter(({ note }) => note === 'thrown-away')).toHaveLength(1);
  expect(notes(itself).at(-3)).toMatchObject({ note: 'closed', values: [7, 7, 7], by: [1, 1, 1] });
  expect(notes(lost)).toContainEqual(expect.objectContaining({ note: 'counted-again', agent: 0 }));
  const without = { ...(chapters[2]?.record as RunRecord), fates: new Map() };
  expect(runSide(without, 'exercise').verdict).toMatchObject({ verdict: 'SUCCESS' });
});

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

function messages({ events }: Diagram, name: string): Extract<DiagramEvent, { type: 'message' }>[] {
  return events.flatMap((event) => (event.type === 'message' && event.name === name ? [event] : []));
}

function contents({ events }: Diagram): string[] {
  return events.flatMap((event) =>
    event.type === 'message' ? [`${event.at} ${event.name} ${JSON.stringify(event.content)}`] : [],
  );
}

function notes({ events }: Diagram): Extract<DiagramEvent, { type: 'note' }>[] {
  return events.flatMap((event) => (event.type === 'note' ? [event] : []));
}

/** Of those that both sides know by the same name and that are posts there. */
function fatesOfPosts({ events }: Diagram): Map<string, Fate> {
  return new Map(
    events.flatMap((event) =>
      event.type === 'message' && event.content.kind === 'post' && !event.copy
        ? [[event.name, event.fate]]
        : [],
    ),
  );
}
