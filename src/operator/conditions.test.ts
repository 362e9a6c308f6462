import { afterEach, expect, test } from 'vitest';
import { Conditions, type Wrong } from './conditions.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

test('a condition is told when it begins, when it gets worse, and when it has ended; never in between', () => {
  let wrong: Wrong | null = null;
  const told: string[] = [];
  const condition = {
    begins: 'certificate-ends',
    ends: 'certificate-good',
    look: () => wrong,
    over: 'all is well',
  } as const;
  const conditions = new Conditions([condition], (what, { says }) => told.push(`${what}: ${says}`));
  cleanups.push(() => conditions.stop());
  const look = (now: Wrong | null) => {
    wrong = now;
    conditions.look();
    return told.splice(0);
  };
  expect(look(null)).toEqual([]);
  expect(look({ says: 'in 3 days' })).toEqual(['certificate-ends: in 3 days']);
  expect(look({ says: 'in 2 days' })).toEqual([]);
  expect(look({ says: 'now', stage: 'expired' })).toEqual(['certificate-ends: now']);
  expect(look({ says: 'for an hour', stage: 'expired' })).toEqual([]);
  expect(look(null)).toEqual(['certificate-good: all is well']);
  expect(look(null)).toEqual([]);
});
