import { describe, expect, test } from 'vitest';
import { chapters } from '../../play/chapters.ts';
import { standard } from '../../play/record.ts';
import { runSide } from '../../play/run.ts';
import type { Diagram, RunRecord, Side } from '../../play/types.ts';
import { doingAt } from './in-words.ts';
import { layoutOf, lineOf } from './layout.ts';
import { pictureOf } from './picture-of.ts';

/** That a picture holds all that happened, in order, and where it can be seen. */

const draw = (record: RunRecord, side: Side) =>
  pictureOf(runSide(record, side), record.replies === 'at-once');

const everyKind: readonly RunRecord[] = [
  ...chapters.map(({ record }) => record),
  { ...standard, seed: 7, replies: 'any-time' },
  { ...standard, seed: 8, agents: 5, clients: 'named', loss: 10, delay: 20, duplication: 20, crash: 10 },
  { ...standard, seed: 9, agents: 4, replies: 'any-time', clients: 'named', loss: 20, duplication: 20 },
];

describe.each(everyKind.map((record, place) => ({ place, record })))('record $place', ({ record }) => {
  test.each(['exercise', 'quorate'] as const)(
    'of %s: lines go down, and arrive where they should',
    (side) => {
      const picture = draw(record, side);
      const layout = layoutOf(picture);
      const tops = new Set<string>();
      for (const arrow of picture.arrows) {
        const line = lineOf(layout, arrow);
        expect(line.y2).toBeGreaterThan(line.y1);
        expect(line.x1).toBe(layout.x[arrow.from]);
        if (arrow.arrived !== null) expect(line.x2).toBe(layout.x[arrow.to]);
        expect(line.y2).toBeLessThanOrEqual(layout.bottom);
        tops.add(arrow.key);
      }
      expect(tops.size).toBe(picture.arrows.length);
    },
  );

  test.each(['exercise', 'quorate'] as const)('of %s: every step is told, and has its place', (side) => {
    const run = runSide(record, side);
    const picture = draw(record, side);
    const layout = layoutOf(picture);
    expect(picture.at).toHaveLength(picture.steps.length);
    expect(picture.at.at(-1)).toBe(run.steps);
    expect(layout.stepY).toHaveLength(picture.steps.length);
    expect([...layout.stepY].sort((one, other) => one - other)).toEqual(layout.stepY);
    expect(picture.rows.every(({ step }) => step >= 0 && step < picture.steps.length)).toBe(true);
  });
});

test('where replies come at once a question and its answer are one arrow, and so is a post with its receipt', () => {
  const record = chapters[0]?.record ?? standard;
  const run = runSide(record, 'exercise');
  const picture = draw(record, 'exercise');
  const messages = run.events.filter((event) => event.type === 'message');
  const served = messages.filter(({ to, arrived }) => to === record.agents && arrived !== null);
  expect(picture.arrows).toHaveLength(served.length);
  expect(picture.steps).toHaveLength(served.length + 1);
  expect(picture.arrows.every(({ text }) => /^(post \d+|FAILED|WAITING)$/.test(text))).toBe(true);
});

test('where replies take their time each message is an arrow', () => {
  const record: RunRecord = { ...standard, seed: 7, replies: 'any-time' };
  const run = runSide(record, 'quorate');
  const messages = run.events.filter((event) => event.type === 'message');
  expect(draw(record, 'quorate').arrows).toHaveLength(messages.length);
});

test('what is lost ends on its way, and is told as lost', () => {
  const record: RunRecord = { ...standard, clients: 'named', fates: new Map([['A1', 'drop']]) };
  const picture = draw(record, 'quorate');
  const layout = layoutOf(picture);
  const lost = picture.arrows.filter(({ isLost }) => isLost);
  expect(lost.map(({ name, arrived }) => [name, arrived])).toEqual([['A1', null]]);
  const [arrow] = lost;
  if (arrow !== undefined) expect(lineOf(layout, arrow).x2).toBeLessThan(layout.x.at(-1) ?? 0);
  expect(picture.steps.join(' ')).toContain('lost');
});

test('an end that is no agreement is never green', () => {
  for (const { record } of chapters) {
    const { end, arrows } = draw(record, 'exercise');
    expect(end.tone).toBe('bad');
    expect(arrows.filter(({ tone }) => tone === 'good')).toEqual([]);
    expect(draw(record, 'quorate').end).toMatchObject({ tone: 'good', word: 'SUCCESS', waiting: null });
  }
  expect(draw(chapters[0]?.record ?? standard, 'exercise').end.waiting).toEqual([
    'waits',
    'waits',
    'waits',
    '1/3',
  ]);
});

test('what a group keeps hidden is no number of who waits', () => {
  const asks = { kind: 'agent', phase: 'waits', round: 3, decision: null } as const;
  const diagram: Diagram = {
    lifelines: [
      { id: 'ann', kind: 'agent' },
      { id: 'bob', kind: 'agent' },
    ],
    events: [
      { type: 'state', at: 0, who: 0, state: { ...asks, number: null } },
      { type: 'state', at: 0, who: 1, state: { ...asks, number: 7 } },
    ],
    steps: 0,
    verdict: { verdict: 'OPEN' },
  };
  expect(doingAt(diagram, pictureOf(diagram, true), 0)).toEqual(['waits', 'waits, 7']);
});
