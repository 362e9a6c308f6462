import { expect, test } from 'vitest';
import { layoutOf, nearest, tipOf } from './layout.ts';
import type { Arrow, Picture } from './picture.ts';

const arrow = (key: string, from: number, to: number, sent: number, arrived: number): Arrow => ({
  key,
  name: key,
  from,
  to,
  text: key,
  sent,
  arrived,
  isLost: false,
  tone: 'plain',
});

const picture: Picture = {
  lanes: ['A', 'B', 'server'],
  rows: [1, 1, 2, 2].map((step) => ({ step, height: 40 })),
  at: [0, 1, 2],
  steps: ['', '', ''],
  arrows: [arrow('one', 0, 2, 0, 1), arrow('two', 1, 2, 2, 3)],
  notes: [],
  end: { tone: 'plain', word: 'WAITING', text: '', waiting: null },
};

test('a message is pressed by its line, whichever point of it, and only once it is drawn', () => {
  const layout = layoutOf(picture);
  const [, from = 0] = layout.y;
  const at = { x: 190, y: 66 };
  expect(nearest(layout, picture.arrows, from, at, 22)?.key).toBe('one');
  expect(nearest(layout, picture.arrows, from, { x: 60, y: 50 }, 22)?.key).toBe('one');
  expect(nearest(layout, picture.arrows, from, { x: 190, y: 120 }, 22)).toBeNull();
  const late = { x: 250, y: 145 };
  expect(nearest(layout, picture.arrows, from, late, 22)).toBeNull();
  expect(nearest(layout, picture.arrows, layout.bottom, late, 22)?.key).toBe('two');
});

test('many lanes stand closer, and each step ends below the one before', () => {
  const wide = layoutOf({ ...picture, lanes: [...'ABCDEFGHIJ', 'server'] });
  expect((wide.x[1] ?? 0) - (wide.x[0] ?? 0)).toBeLessThan(layoutOf(picture).x[1] as number);
  expect(layoutOf(picture).stepY).toEqual([6, 86, 166]);
});

test('a tip points to where its line ends', () => {
  const word = { x: 0, y: 0, isBefore: false };
  expect(tipOf({ x1: 0, y1: 0, x2: 100, y2: 0, word })).toBe('M100 0L90 4L90 -4z');
});
