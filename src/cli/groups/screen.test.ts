import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { ClaimJson, GroupJson, RoundJson } from '../../client/index.ts';
import { Screen } from './screen.ts';
import { groupScreen } from './watch-screen.ts';

/** A terminal of this size that keeps what is written to it. */
function terminal(columns: number, rows: number) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  const stream = Object.assign(new EventEmitter(), { columns, rows, write, isTTY: true });
  return { stream: stream as unknown as NodeJS.WriteStream, written, emitter: stream };
}

/** The lines that a drawing shows. */
const linesOf = (drawing = '') =>
  drawing
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .split('\r\n');

test('it draws over itself, on a screen of its own that it leaves once', () => {
  const { stream, written } = terminal(10, 3);
  const screen = new Screen(stream);
  screen.show([{ text: 'one' }, { text: 'two' }]);
  screen.close();
  screen.close();
  screen.show([{ text: 'late' }]);
  expect(written[0]).toContain('\u001b[?1049h');
  expect(linesOf(written[1])).toEqual(['one', 'two']);
  expect(written[1]?.startsWith('\u001b[H')).toBe(true);
  expect(written.slice(2)).toEqual(['\u001b[?25h\u001b[?1049l']);
});

test('it cuts what does not fit, and draws anew when the size changes', () => {
  const { stream, written, emitter } = terminal(5, 2);
  const screen = new Screen(stream);
  screen.show([{ text: 'too long', format: 'bold' }, { text: 'fits' }, { text: 'below' }]);
  expect(linesOf(written[1])).toEqual(['too …', 'fits']);
  Object.assign(emitter, { columns: 20, rows: 9 });
  emitter.emit('resize');
  expect(linesOf(written[2])).toEqual(['too long', 'fits', 'below']);
  screen.close();
});

test('values cannot rewrite the terminal', () => {
  const { stream, written } = terminal(40, 5);
  const screen = new Screen(stream);
  screen.show([{ text: 'a\u001b[2Jb\rc\u009b31m' }]);
  screen.close();
  expect(linesOf(written[1])).toEqual(['a[2Jbc31m']);
});

test('a group: the newest round large, with its clock, and the others one a line', () => {
  const now = Date.parse('2026-01-01T00:00:30.000Z');
  const group = { group: 'lunch', title: 'Where to?', status: 'open', rule: { threshold: 2 } } as GroupJson;
  const base = { eligible: 4, tally: null, closedAt: null, reason: null } as Partial<RoundJson>;
  const open = {
    ...base,
    round: 2,
    state: 'WAITING',
    present: 1,
    explain: 'waiting for bob',
    openedAt: '2026-01-01T00:00:00.000Z',
    deadlineAt: '2026-01-01T00:01:00.000Z',
  } as RoundJson;
  const closed = { ...open, round: 1, state: 'FAILED', reason: 'tie', closedAt: open.openedAt } as RoundJson;
  const text = groupScreen(group, [open, closed], new Map(), now).map((line) => line.text);
  expect(text[0]).toBe('lunch  Where to?');
  expect(text).toContain('round 2  WAITING');
  expect(text).toContain('█████░░░░░░░░░░░░░░░  1 of 4 in');
  expect(text).toContain('open for 30 s, ends in 30 s');
  expect(text.find((line) => line.trim().startsWith('1  FAILED'))).toContain('tie');
});

test('a group: who acts on a decision, and with which result somebody has', () => {
  const now = Date.parse('2026-01-01T00:00:30.000Z');
  const group = { group: 'deploy', title: null, status: 'idle', rule: { threshold: 2 } } as GroupJson;
  const round = {
    round: 2,
    state: 'SUCCESS',
    value: 'approve',
    eligible: 3,
    present: 2,
    tally: null,
    explain: '',
  } as RoundJson;
  const held = {
    round: 2,
    state: 'held',
    holder: 'run\u001b-2',
    fence: 12,
    until: '2026-01-01T00:01:00.000Z',
  };
  const spent = { round: 1, state: 'spent', holder: 'run-1', fence: 7, result: { version: '1.4' } };
  const claims = new Map([held, spent].map((one) => [one.round, one as unknown as ClaimJson]));
  const lines = groupScreen(group, [round, { ...round, round: 1 }], claims, now).map(({ text }) => text);
  expect(lines).toContain('claim held by run-2 until 2026-01-01T00:01:00.000Z, fence 12');
  expect(lines.find((line) => line.trim().startsWith('1  SUCCESS'))).toContain(
    'claim spent by run-1, fence 7: {"version":"1.4"}',
  );
});
