import { expect, test } from 'vitest';
import { standard } from '../../play/record.ts';
import { beginningOf, chapterIds, queryOf, type Scene, sceneIn } from './scene.ts';

test('the address of a page without a query is the first chapter, at its end', () => {
  expect(sceneIn('')).toEqual({ scene: beginningOf('deadlock'), faults: [] });
  expect(queryOf(beginningOf('deadlock'))).toBe('');
});

test.each(chapterIds)(
  'the chapter %s is led back to by its own address, at each step and with each change',
  (id) => {
    const beginning = beginningOf(id);
    const changed: Scene[] = [
      beginning,
      { ...beginning, step: 0 },
      { ...beginning, step: 12 },
      { ...beginning, record: { ...beginning.record, seed: 99 } },
      { ...beginning, record: { ...beginning.record, fates: new Map([['B2r', 'delay']]) }, step: 3 },
      { ...beginning, record: { ...beginning.record, turns: [0, 1, 2, 0], draws: [[1], [2, 3], []] } },
    ];
    for (const scene of changed)
      expect(sceneIn(queryOf(scene)), queryOf(scene)).toEqual({ scene, faults: [] });
  },
);

test('a record without a chapter is free play', () => {
  expect(sceneIn('?seed=5').scene).toEqual({ chapter: 'free', record: { ...standard, seed: 5 }, step: null });
});

test.each([
  ['?chapter=fourth', 'chapter'],
  ['?step=-1', 'step'],
  ['?step=soon', 'step'],
  ['?seed=x', 'seed'],
  ['?chapter=free&agents=11', 'agents'],
  ['?fates=nothing', 'fates'],
  ['?clients=somebody&step=2', 'clients'],
])('%s is wrong in %s, and the first chapter is shown', (query, field) => {
  const { scene, faults } = sceneIn(query);
  expect(faults.map((fault) => fault.field)).toEqual([field]);
  expect(scene).toEqual(beginningOf('deadlock'));
});
