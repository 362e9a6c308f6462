import { expect, test } from 'vitest';
import { connect, type ItemJson, type ListenOptions } from './index.ts';

type Body = Record<string, unknown>;
type Answer = readonly [status: number, body: Body];

const placed = (offset: number) => ({ offset, index: offset, view: 1, revision: 1, at: '' });
const message = (offset: number, more: Body = {}) => ({
  ...placed(offset),
  ...{ type: 'message', from: 'bob', body: offset, to: null, replyTo: null, round: null, ackBy: null },
  ...more,
});
const view = (offset: number, change: string, agent: string, incarnation: number) => ({
  ...placed(offset),
  ...{ type: 'view', change, agent, role: 'voter', incarnation },
});
const page = (items: readonly object[], end: number, next: number | null = null): Answer => [
  200,
  { group: 'g', items, next, oldest: 1, end, view: 1, revision: 1, index: end },
];
const refusal = (status: number, code: string, more: Body = {}): Answer => [
  status,
  { code, title: code, detail: code, fix: 'f', outcome: 'not-executed', ...more },
];
const cursorAt = (offset: number): Answer => [
  200,
  { group: 'g', agent: 'ann', offset, incarnation: 5, index: 9 },
];

/** A group whose pages come from a list, and whose cursor is at 4 and takes what it is told. */
function script(pages: readonly Answer[], cursor: (offset: number) => Answer = cursorAt) {
  const left = [...pages];
  const asked: string[] = [];
  const told: number[] = [];
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(input));
    let answer: Answer = cursorAt(4);
    if (pathname.endsWith('/stream')) {
      asked.push(`${searchParams.get('after')} ${searchParams.get('wait')}`);
      answer = left.shift() ?? refusal(500, 'nothing more');
    } else if (init?.method === 'PUT') {
      const { offset } = JSON.parse(String(init.body)) as { offset: number };
      // The first one asks where it is.
      if (offset > 0) {
        told.push(offset);
        answer = cursor(offset);
      }
    }
    return new Response(JSON.stringify(answer[1]), { status: answer[0] });
  };
  const group = connect({ url: 'http://a', fetch: fetch as typeof globalThis.fetch }).group('g');
  return { group, asked, told };
}

/** The offsets of the items that came, and the code of the error that ended them. */
async function heard(items: AsyncIterable<ItemJson>) {
  const offsets: number[] = [];
  try {
    for await (const { offset } of items) offsets.push(offset);
    return { offsets, end: 'end' };
  } catch (error) {
    return { offsets, end: (error as { code?: string }).code ?? String(error), error };
  }
}

test('goes on behind the last item, page after page, and waits where there is no more [Q9.7]', async () => {
  const { group, asked } = script([
    page([message(1), { offset: 2, index: 2, withheld: true }], 3, 2),
    page([message(3)], 3),
    page([], 3),
    page([message(4)], 4),
  ]);
  expect(await heard(group.listen())).toMatchObject({ offsets: [1, 2, 3, 4], end: 'nothing more' });
  expect(asked).toEqual(['null 30000ms', '2 30000ms', '3 30000ms', '3 30000ms', '4 30000ms']);
});

test('follow: false ends at the present end', async () => {
  const { group, asked } = script([page([message(8)], 9, 8), page([message(9)], 9)]);
  expect(await heard(group.listen({ after: 7, follow: false }))).toMatchObject({
    offsets: [8, 9],
    end: 'end',
  });
  expect(asked).toEqual(['7 0ms', '8 0ms']);
});

test('a server that does not wait is not asked again at once', async () => {
  const { group, asked } = script(Array.from({ length: 50 }, () => page([], 3)));
  expect(await heard(group.listen({ after: 3, deadline: 700 }))).toMatchObject({ end: 'deadline' });
  expect(asked.length).toBeLessThan(5);
});

test('a member begins at its cursor, and what it has handled is told [Q9.9]', async () => {
  const { group, asked, told } = script([page([message(5), message(6), message(7)], 7)]);
  for await (const { offset } of group.listen({ agent: 'ann' })) if (offset === 7) break;
  expect(asked).toEqual(['4 30000ms']);
  // The last one was not handled to its end.
  expect(told).toEqual([5, 6]);
});

test.each([
  ['from another, to all', {}, true],
  ['to it', { to: ['cy', 'ann'] }, true],
  ['to others', { to: ['cy'] }, false],
  ['of its own', { from: 'ann' }, false],
  ['that nobody waits for', { ackBy: null }, false],
])('a message %s is acknowledged at once: %s [Q9.10]', async (_, more, isAtOnce) => {
  const { group, told } = script([page([message(5), message(6, { ackBy: 'all', ...more }), message(7)], 7)]);
  const items = group.listen({ agent: 'ann' });
  for (let i = 0; i < 3; i += 1) await items.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told).toEqual(isAtOnce ? [5, 6] : [5]);
  await items.return();
  expect(told).toEqual([5, 6]);
});

test.each(['left', 'expired'])(
  'it ends with its own departure (%s), not with that of a forerunner or another [Q9.4]',
  async (change) => {
    const items = [
      ...[view(6, 'expired', 'ann', 2), view(7, 'left', 'bob', 5), view(8, 'renamed', 'ann', 5)],
      ...[view(9, change, 'ann', 5), message(10)],
    ];
    const { group, told } = script([page(items, 10)]);
    const { offsets, end, error } = await heard(group.listen({ agent: 'ann' }));
    expect({ offsets, end }).toEqual({ offsets: [6, 7, 8, 9], end: 'expelled' });
    expect(error).toMatchObject({ outcome: 'not-executed', detail: expect.stringContaining(`${change} at`) });
    expect(told.every((offset) => offset < 9)).toBe(true);
  },
);

test('a token that has become void in a group with keys says that the member is gone', async () => {
  const { group } = script([page([message(5)], 5), refusal(404, 'group-not-found')]);
  const { end, error } = await heard(group.listen({ agent: 'ann' }));
  expect(end).toBe('expelled');
  expect(error).toMatchObject({ cause: { code: 'group-not-found' } });
  const reader = script([refusal(404, 'group-not-found')]);
  expect(await heard(reader.group.listen())).toMatchObject({ end: 'group-not-found' });
});

test('a cursor that is refused because the member is gone does not end the stream before its place', async () => {
  const gone = () => refusal(404, 'agent-not-found');
  const { group, told } = script(
    [page([message(5), message(6)], 6), page([message(7), view(8, 'expired', 'ann', 5)], 8)],
    gone,
  );
  expect(await heard(group.listen({ agent: 'ann' }))).toMatchObject({
    offsets: [5, 6, 7, 8],
    end: 'expelled',
  });
  expect(told).toEqual([5]);
});

test('what is not kept is told, with where items are [Q9.8]', async () => {
  const { group } = script([
    page([message(3)], 3),
    refusal(410, 'messages-not-kept', { oldest: 90, view: 88 }),
  ]);
  const { end, error } = await heard(group.listen());
  expect(end).toBe('messages-not-kept');
  expect(error).toMatchObject({ oldest: 90, view: 88 });
});

test.each<[string, ListenOptions, readonly Answer[]]>([
  ['one that ends before the offset', { after: 12 }, [page([], 7)]],
  ['one that has become shorter', {}, [page([message(1), message(2)], 2), page([], 1)]],
])('another history is told: %s [Q9.7]', async (_, options, pages) => {
  expect((await heard(script(pages).group.listen(options))).end).toBe('history-changed');
});

test('a cursor that the history does not reach is told', async () => {
  const ahead = () => refusal(422, 'cursor-ahead');
  const { group } = script([page([message(5)], 5), page([message(6)], 6), page([message(7)], 7)], ahead);
  expect((await heard(group.listen({ agent: 'ann' }))).end).toBe('cursor-ahead');
});

test('an abort ends it with its reason', async () => {
  const stop = new AbortController();
  const { group } = script([page([message(1)], 1)]);
  const items = group.listen({ signal: stop.signal });
  await items.next();
  stop.abort(new Error('enough'));
  await expect(items.next()).rejects.toThrow('enough');
});
