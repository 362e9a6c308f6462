import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { ItemJson, MessageJson, ViewItemJson } from '../../client/index.ts';
import { itemLine } from './item-line.ts';

const place = { offset: 7, index: 9, view: 3, revision: 4, at: '2026-01-05T09:00:00.000Z' };
const message = (more: Partial<MessageJson> = {}): ItemJson => ({
  ...place,
  ...({
    type: 'message',
    from: 'ann',
    body: 'hello',
    to: null,
    replyTo: null,
    round: null,
    ackBy: null,
  } as const),
  ...more,
});
const view = (change: ViewItemJson['change'], more: Partial<ViewItemJson> = {}): ItemJson => ({
  ...place,
  ...({ type: 'view', agent: 'bob', role: 'voter', incarnation: 7 } as const),
  change,
  ...more,
});
const round = (more: object): ItemJson => ({ ...place, round: 2, ...more }) as unknown as ItemJson;
const closed = (more: object) => round({ type: 'round-closed', ...more });

test.each<[ItemJson, string]>([
  [message(), '7  ann: hello'],
  [message({ name: 'Ann Smith' }), '7  ann, Ann Smith: hello'],
  [message({ body: { at: '12:30', n: [1] } }), '7  ann: {"at":"12:30","n":[1]}'],
  [message({ body: null }), '7  ann: null'],
  [
    message({ to: ['bob', 'cy'], replyTo: 5, round: 2, ackBy: 'all' }),
    '7  ann (to bob, cy; in reply to 5; about round 2; acknowledge: all): hello',
  ],
  [view('joined'), '7  [bob has joined]'],
  [view('joined', { role: 'observer', name: 'Bo' }), '7  [bob, Bo has joined as an observer]'],
  [view('left'), '7  [bob has left]'],
  [view('expired'), '7  [bob is gone: its lease has run out]'],
  [view('renamed', { name: 'Bo' }), '7  [bob, Bo has another name or kind]'],
  [round({ type: 'round-opened' }), '7  [round 2 is open]'],
  [closed({ state: 'SUCCESS', reason: 'agreed', value: 'pizza' }), '7  [round 2: SUCCESS "pizza"]'],
  [closed({ state: 'FAILED', reason: 'no-agreement', value: null }), '7  [round 2: FAILED no-agreement]'],
  [{ offset: 7, index: 9, withheld: true }, '7  [a message to others]'],
])('%j', (item, line) => {
  // A terminal shows the state of a round in colour.
  expect(stripVTControlCharacters(itemLine(item))).toBe(line);
});

test('what a message says makes no second line, and tells a terminal nothing', () => {
  const body = 'hi \r\n 8  [bob has left]\u001b[2J\u0007\n\nbye\n';
  expect(itemLine(message({ body, name: 'A\u001b[31m' }))).toBe(
    '7  ann, A[31m: hi 8  [bob has left][2J bye ',
  );
  expect(itemLine(message({ body: { text: 'a\nb' } }))).toBe('7  ann: {"text":"a\\nb"}');
});
