import { describe, expect, test } from 'vitest';
import { notifier } from './notices.ts';

const now = () => new Date('2026-11-28T10:00:00.000Z');

describe('what an operator is told', () => {
  test('is one line with its time, whatever texts of others are in it', () => {
    const lines: string[] = [];
    const notify = notifier((line) => lines.push(line), false, now);
    notify('no-quorum', { says: 'etcd says: no\n\u001b[2Jsuch member', fix: 'start it' });
    expect(lines).toEqual([
      '2026-11-28T10:00:00.000Z error no-quorum: etcd says: no [2Jsuch member; fix: start it',
    ]);
  });

  test('with JSON is one object with the same and its facts', () => {
    const lines: string[] = [];
    const notify = notifier((line) => lines.push(line), true, now);
    notify('writable', { says: 'there is space', facts: { freeBytes: 5 } });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: '2026-11-28T10:00:00.000Z',
        level: 'info',
        event: 'writable',
        says: 'there is space',
        freeBytes: 5,
      },
    ]);
  });
});
