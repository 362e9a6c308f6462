import { expect, test } from 'vitest';
import { heaviestWindow, inOrder, nearIn, windowsOf } from './windows.ts';

const entries = (...values: readonly number[]) =>
  inOrder(values.map((value, i) => ({ value, weight: 1, agents: [`a${i}`] })));
const values = (window: readonly { readonly value: unknown }[]) => window.map(({ value }) => value);

test('the heaviest window wins, of equally heavy ones the lowest, or the one that holds a number', () => {
  const sorted = entries(1, 2, 5, 6, 9);
  expect(values(heaviestWindow(sorted, { tolerance: 1 }))).toEqual([1, 2]);
  expect(values(heaviestWindow(sorted, { tolerance: 1 }, 5))).toEqual([5, 6]);
  expect(values(heaviestWindow(sorted, { tolerance: 1 }, 7))).toEqual([]);
});

test('widths are those of the decimals as they were written', () => {
  expect(values(heaviestWindow(entries(21, 21.1), { tolerance: 0.1 }))).toEqual([21, 21.1]);
  expect(values(heaviestWindow(entries(21, 21.11), { tolerance: 0.1 }))).toEqual([21]);
});

test('near may be a share of the greater', () => {
  const near = { tolerance: 0, relative: { num: 1, den: 10 } };
  expect(values(heaviestWindow(entries(90, 100, 110), near))).toEqual([90, 100]);
  expect(values(heaviestWindow(entries(-100, -90), near))).toEqual([-100, -90]);
});

test('each value is in one window, the heaviest first; what is over is left', () => {
  const { windows, rest } = windowsOf(entries(1, 5, 5.5, 6, 20, 30), { tolerance: 1 }, 2);
  expect(windows.map(values)).toEqual([[5, 5.5, 6], [1]]);
  expect(values(rest)).toEqual([20, 30]);
});

test('only whole numbers near each other are windows', () => {
  expect(nearIn({ tolerance: 1 })).toEqual({ tolerance: 1 });
  expect([nearIn('exact'), nearIn({ set: true }), nearIn({ field: '/a', by: { tolerance: 1 } })]).toEqual([
    null,
    null,
    null,
  ]);
});
