import { expect, test } from 'vitest';
import { type Group, QuorateError } from '../client/index.ts';
import { Hearing } from './hearing.ts';

/** A group that keeps these messages, from `oldest` on. */
function groupWith(offsets: number[], oldest = 1) {
  const moved: [string, number][] = [];
  const asked: (number | undefined)[] = [];
  const group = {
    async *messages({ after }: { after?: number }) {
      asked.push(after);
      if (after !== undefined && after < oldest - 1) throw notKept(oldest);
      for (const offset of offsets) {
        if (offset < oldest || offset <= (after ?? 0)) continue;
        yield offset % 10 === 0 ? { offset, index: 1, withheld: true } : { offset, body: `m${offset}` };
      }
    },
    setCursor: async (agent: string, offset: number) => moved.push([agent, offset]),
  };
  const trim = (to: number) => {
    oldest = to;
  };
  return { group: group as unknown as Group, offsets, moved, asked, trim };
}

const signal = new AbortController().signal;
const never = (oldest: number) => {
  throw new Error(`missed before ${oldest}`);
};
const offsets = async (heard: Promise<readonly object[]>) =>
  (await heard).map((one) => (one as { offset: number }).offset);

test('each message is told once, after it was handled no more, and what is for others never', async () => {
  const { group, offsets: sent, asked } = groupWith([3, 5, 10]);
  const hearing = new Hearing(group, 'ann', undefined);
  expect(await hearing.since(signal, never)).toEqual([
    { offset: 3, body: 'm3' },
    { offset: 5, body: 'm5' },
  ]);
  await hearing.handled();
  expect(await offsets(hearing.since(signal, never))).toEqual([]);
  sent.push(12);
  expect(await offsets(hearing.since(signal, never))).toEqual([12]);
  expect(asked).toEqual([undefined, 10, 10]);
});

test('after a run that failed the same messages are told again', async () => {
  const { group, offsets: sent } = groupWith([3]);
  const hearing = new Hearing(group, 'ann', undefined);
  expect(await offsets(hearing.since(signal, never))).toEqual([3]);
  sent.push(4);
  expect(await offsets(hearing.since(signal, never))).toEqual([3, 4]);
});

test('a member goes on from its cursor, and moves it when something was handled', async () => {
  const { group, moved, asked } = groupWith([3, 5, 10]);
  const hearing = new Hearing(group, 'ann', 4);
  await hearing.handled();
  expect(await offsets(hearing.since(signal, never))).toEqual([5]);
  await hearing.handled();
  await hearing.handled();
  await hearing.since(signal, never);
  // The first is where it began, so that what it is told before it dies is told to who comes after it.
  expect(moved).toEqual([
    ['ann', 4],
    ['ann', 10],
  ]);
  expect(asked).toEqual([4, 10]);
});

test('who does not join has no cursor to move', async () => {
  const { group, moved } = groupWith([3]);
  const hearing = new Hearing(group, 'ann', undefined);
  await hearing.since(signal, never);
  await hearing.handled();
  expect(moved).toEqual([]);
});

test('what is no longer kept is said, and the oldest that is kept comes first [Q9.8]', async () => {
  const { group, trim } = groupWith([3, 5, 7, 8]);
  const hearing = new Hearing(group, 'ann', 3);
  trim(7);
  const missed: number[] = [];
  expect(await offsets(hearing.since(signal, (oldest) => missed.push(oldest)))).toEqual([7, 8]);
  expect(missed).toEqual([7]);
});

test('a log that knows no messages yet has none; any other error is the caller’s', async () => {
  const failing = (error: Error) =>
    new Hearing(
      { ...groupWith([]).group, messages: () => rejecting(error) } as unknown as Group,
      'ann',
      3,
    ).since(signal, never);
  expect(await failing(problem('version-not-active'))).toEqual([]);
  await expect(failing(problem('group-not-found'))).rejects.toMatchObject({ code: 'group-not-found' });
});

const problem = (code: string, more: object = {}) =>
  new QuorateError({ title: code, status: 410, code, detail: '', fix: '', outcome: 'not-executed', ...more });
const notKept = (oldest: number) => problem('messages-not-kept', { oldest });

// biome-ignore lint/correctness/useYield: it fails before it has an item
async function* rejecting(error: Error): AsyncGenerator<object> {
  throw error;
}
