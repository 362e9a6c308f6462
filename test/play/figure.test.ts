import { expect, test } from 'vitest';
import { standard } from '../../src/play/record.ts';
import { type Counts, tally, wilson } from '../../src/play/tally.ts';
import { blocksOf } from '../e2e/blocks.ts';
import { randomFrom } from '../harness/random.ts';

/**
 * How often the exercise ends in a deadlock. The order of messages of `standard` is: in each turn one of the agents that have not
 * ended, each with the same chance, has its request served and gets the reply. `npx vitest run test/play/figure.test.ts` prints it.
 */

const seeds = 2000;
const { exercise, quorate } = tally(standard, 1, seeds);
const said = percent(exercise.DEADLOCK, seeds);

test('the exercise deadlocks in about 31 % of runs, Quorate in none', () => {
  const line = `seeds 1 to ${seeds}: the exercise ${said}, Quorate ${percent(quorate.DEADLOCK, seeds)}`;
  console.info(line);
  expect(blocksOf('docs/classroom.md', 'text')).toEqual([`${line}\n`]);
  const { from, to } = wilson(exercise.DEADLOCK, seeds);
  expect(from).toBeLessThan(0.31);
  expect(to).toBeGreaterThan(0.31);
  const none: Counts = { SUCCESS: seeds, DEADLOCK: 0, WRONG: 0, OPEN: 0 };
  expect(quorate).toEqual(none);
  // Of its successes about 6 % are one agent that agrees with itself.
  const successes = exercise.SUCCESS + exercise.WRONG;
  const itself = wilson(exercise.WRONG, successes);
  expect(itself.from).toBeLessThan(0.06);
  expect(itself.to).toBeGreaterThan(0.06);
  expect(exercise.OPEN).toBe(0);
});

test('the figure is that of a second model, which shares no line with the first', () => {
  const random = randomFrom(1);
  const of = 5000;
  let deadlocks = 0;
  for (let run = 0; run < of; run += 1) if (endsInDeadlock(random)) deadlocks += 1;
  const [one, other] = [wilson(exercise.DEADLOCK, seeds), wilson(deadlocks, of)];
  const says = `${said} against ${percent(deadlocks, of)}`;
  expect(one.from, says).toBeLessThan(other.to);
  expect(other.from, says).toBeLessThan(one.to);
});

test('how often depends on the order of messages: with replies that take as long as requests it is fewer', () => {
  const any = tally({ ...standard, replies: 'any-time' }, 1, 1000);
  const { from, to } = wilson(any.exercise.DEADLOCK, 1000);
  expect(from).toBeGreaterThan(0.17);
  expect(to).toBeLessThan(0.24);
  expect(any.quorate.SUCCESS).toBe(1000);
});

/** The exercise as its description says: a list, a state, a set of those who have read FAILED. */
function endsInDeadlock(random: () => number): boolean {
  const below = (n: number): number => Math.floor(random() * n);
  let [state, numbers] = ['WAITING', [] as number[]];
  const readers = new Set<number>();
  const posts = [true, true, true];
  const goOn = new Set([0, 1, 2]);
  while (goOn.size > 0) {
    if (state === 'WAITING' && [...goOn].every((i) => posts[i] === false)) return true;
    const i = [...goOn][below(goOn.size)] as number;
    if (posts[i]) {
      posts[i] = false;
      numbers.push(below(10));
      if (numbers.length < 3) continue;
      if (state === 'WAITING') state = new Set(numbers).size < 3 ? 'SUCCESS' : 'FAILED';
      numbers = [];
    } else if (state === 'SUCCESS') {
      goOn.delete(i);
    } else if (state === 'FAILED') {
      posts[i] = true;
      readers.add(i);
      if (readers.size < 3) continue;
      state = 'WAITING';
      readers.clear();
    }
  }
  return false;
}

function percent(hits: number, of: number): string {
  const { from, to } = wilson(hits, of);
  const round = (share: number): string => (100 * share).toFixed(1);
  return `deadlocks in ${round(hits / of)} % (95 % interval ${round(from)} to ${round(to)} %)`;
}
