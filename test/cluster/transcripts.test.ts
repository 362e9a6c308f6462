import { describe, expect, test } from 'vitest';
import type { TalkRecord } from './faults/talk.ts';
import { wrongInTalk } from './faults/transcripts.ts';

const members = Array.from({ length: 12 }, (_, i) => `m${i}`);
const place = { view: 12, revision: 13, at: '2026-01-01T12:00:00.000Z' };
const joined = members.map((agent, i) => ({
  ...{ ...place, offset: i + 1, index: i + 2, view: i + 1, type: 'view', change: 'joined' },
  ...{ agent, role: 'voter', incarnation: i + 1 },
}));
const messages = members.map((from, i) => ({
  ...{ ...place, offset: i + 13, index: i + 20, type: 'message', from, body: `${from} says hello` },
  ...{ to: null, replyTo: null, round: null, ackBy: null },
}));
const stream = [...joined, ...messages];
const said = messages.map(({ from, body, offset, index }, i) => ({
  ...{ process: from, op: 'say', group: 'g', round: null, agent: from, key: `key of ${from}`, body },
  ...{ invokedAt: 10 * i, completedAt: 10 * i + 5, response: { offset, index } },
}));
const heardBy = (process: string, items: readonly object[]) =>
  items.map((item) => ({ process, op: 'heard', group: 'g', item }));
const wrongIf = (
  lines: readonly object[],
  { last = stream as readonly object[], server = stream as readonly object[] } = {},
): string[] => {
  const all = members.flatMap((one, i) => heardBy(one, i === 11 ? last : stream));
  return wrongInTalk([...lines, ...all] as TalkRecord[], [stream, server, stream]);
};

describe('what twelve members said and heard', () => {
  test('is right when all heard one stream, and each message is in it once', () => {
    expect(wrongIf(said)).toEqual([]);
  });

  test.each([
    ['one heard nothing of the last message', wrongIf(said, { last: stream.slice(0, -1) }), 'm11 heard 23'],
    ['one heard two messages the other way round', wrongIf(said, { last: swapped() }), 'm11 heard 24'],
    ['a server shows less', wrongIf(said, { server: stream.slice(1) }), 'server 1 shows another'],
    ['one did not say anything', wrongIf(said.slice(1)), 'only m1'],
    ['a message was refused', wrongIf(saidBy3({ code: 'unreachable', index: 0 })), 'ended with unreachable'],
    ['a message is elsewhere', wrongIf(saidBy3({ offset: 14, index: 21 })), 'is at 16, its answer says 14'],
  ])('is wrong when %s', (_, found, text) => {
    expect(found.join()).toContain(text);
  });

  test('is wrong when an acknowledged message is lost, or there twice', () => {
    const lost = stream.slice(0, -1);
    const all = members.flatMap((one) => heardBy(one, lost));
    expect(wrongInTalk([...said, ...all] as TalkRecord[], [lost]).join()).toContain('key of m11 is lost');
    const again = [...stream, { ...stream[23], offset: 25, index: 40 }];
    const heard = members.flatMap((one) => heardBy(one, again));
    expect(wrongInTalk([...said, ...heard] as TalkRecord[], [again]).join()).toContain('is there twice');
  });
});

function swapped(): object[] {
  const [one, other] = stream.slice(-2) as [object, object];
  return [...stream.slice(0, -2), other, one];
}

function saidBy3(response: object): object[] {
  return said.map((one) => (one.process === 'm3' ? { ...one, response } : one));
}
