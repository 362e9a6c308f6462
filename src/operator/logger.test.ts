import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type LoggerOptions, logger, writeTo } from './logger.ts';

const now = () => new Date('2026-11-28T10:00:00.000Z');

/** A logger, and the lines that it has written. */
function writing(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  return { lines, notify: logger({ write: (line) => lines.push(line) > 0, now, ...options }) };
}

describe('what an operator is told', () => {
  test('is one line with its time, whatever texts of others are in it', () => {
    const { lines, notify } = writing();
    notify('no-quorum', { says: 'etcd says: no\n\u001b[2Jsuch member, 100 %s', fix: 'start it' });
    expect(lines).toEqual([
      '2026-11-28T10:00:00.000Z error no-quorum: etcd says: no [2Jsuch member, 100 %s; fix: start it',
    ]);
  });

  test('as JSON is one object with the same and its facts', () => {
    const { lines, notify } = writing({ format: () => 'json' });
    notify('writable', { says: 'there is\nspace', facts: { freeBytes: 5, nothing: undefined } });
    expect(lines).toHaveLength(1);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: '2026-11-28T10:00:00.000Z',
        level: 'info',
        event: 'writable',
        says: 'there is\nspace',
        freeBytes: 5,
      },
    ]);
  });

  test('when it is ready begins as programs expect, whatever the level', () => {
    const { lines, notify } = writing({ format: () => 'json', level: 'error' });
    notify('ready', { says: 'quorate is ready', facts: { ready: true, port: 1 } });
    expect(lines).toEqual([
      '{"ready":true,"port":1,"time":"2026-11-28T10:00:00.000Z","level":"info","event":"ready","says":"quorate is ready"}',
    ]);
  });

  test.each([
    ['error', ['mistake']],
    ['warn', ['mistake', 'lan']],
    ['info', ['mistake', 'lan', 'start', 'round-closed']],
    ['debug', ['mistake', 'lan', 'start', 'round-closed', 'request']],
  ] as const)('is what is as important as %s', (level, expected) => {
    const { lines, notify } = writing({ level });
    for (const what of ['mistake', 'lan', 'start', 'round-closed', 'request'] as const)
      notify(what, { says: 'x' });
    expect(lines.map((line) => line.split(/\s+/)[2])).toEqual(expected.map((what) => `${what}:`));
  });
});

const token = 'q3Zt0nYw5bXJ4mVd7eRk1uLs8cHa2gPf9iBo6jTx-_A';

describe('no secret is ever in a line', () => {
  test.each([
    `Error: got authorization: Bearer ${token}`,
    `Error: got ${token}, which is wrong`,
    `Error: cannot reach https://admin:${token}@etcd.example:2379`,
    `Error: the webhook has whsec_${token}+/=`,
    `Error: unknown command {"type":"propose","agent":"ann","value":{"bid":"${token}"},"note":"x`,
    `Error: unknown command {"type":"redeem","secret":"${token}`,
    `Error: {"joinKey": "${token}"}`,
  ])('in a text that comes from elsewhere: %s', (says) => {
    for (const format of ['text', 'json'] as const) {
      const { lines, notify } = writing({ format: () => format });
      notify('mistake', { says, fix: says });
      expect(lines[0]).toContain('(hidden)');
      expect(lines[0]).not.toContain(token);
    }
  });

  test('in a fact that is called like one', () => {
    const facts: Record<string, string> = {};
    const names = ['token', 'authorization', 'cookie', 'secret', 'joinKey', 'value', 'note', 'body', 'link'];
    for (const name of names) facts[name] = `its-${name}`;
    const { lines, notify } = writing({ format: () => 'json' });
    notify('start', { says: 'x', facts });
    expect(lines[0]).not.toContain('its-');
    expect(lines[0]?.split('(hidden)')).toHaveLength(names.length + 1);
  });

  test('and what is none stays: names, ids of logs, times, paths', () => {
    const says =
      'group the-weekly-lunch-of-all-teams-in-building-24-b, log 0af7651916cd43dd8448eb211c80319c in ' +
      '/var/lib/quorate/log/00000000000000000001.segment: a key of 7, "agent":"ann"';
    const { lines, notify } = writing();
    notify('start', { says });
    expect(lines[0]).toContain(says);
  });
});

describe('who reads slowly', () => {
  test('holds nobody up: what has no room is dropped, and its number told', () => {
    const lines: string[] = [];
    let room = true;
    const notify = logger({ now, write: (line) => room && lines.push(line) > 0 });
    notify('stopping', { says: 'first' });
    room = false;
    for (let n = 0; n < 5; n += 1) notify('mistake', { says: 'lost' });
    room = true;
    notify('stopped', { says: 'last' });
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'info  stopping: first',
      'warn  lines-dropped: 5 lines before this one were not written: nobody reads them, or too slowly',
      'info  stopped: last',
    ]);
  });

  test('lets no more wait than a bound', () => {
    const never = new Writable({ write: () => undefined });
    const line = 'x'.repeat(10_000);
    let taken = 0;
    while (writeTo(never, line)) taken += 1;
    expect(taken).toBeGreaterThan(50);
    expect(never.writableLength).toBeLessThan(1_100_000);
  });
});
