import { type Appended, Trimmed } from '../log.ts';
import { type Case, caseOf } from './case.ts';
import { check, rejects, same, sameBytes } from './checks.ts';
import {
  append,
  appendAll,
  collect,
  filled,
  full,
  numbered,
  pause,
  restored,
  take,
  text,
  words,
} from './steps.ts';

/** The cases of `info`, `append` and `close`. */
export const appendCases: readonly Case[] = [
  caseOf('info.limits', 'describes itself', async ({ info }) => {
    check(/^[0-9a-f]{32}$/.test(info.id), `id is 128 bits in hexadecimal, not "${info.id}"`);
    check(info.maxEntryBytes >= 64 * 1024, `takes entries of 64 KiB, not only ${info.maxEntryBytes} bytes`);
    check(info.location.length > 0, 'says where it lives');
  }),
  caseOf('info.id', 'another log has another id', async (log, logs) => {
    check(log.info.id !== (await logs.open()).info.id, 'two logs have two ids');
  }),
  caseOf('append.index', 'numbers entries 1, 2, 3, ... without gaps [Q1.1]', async (log) => {
    same('head of an empty log', await log.head(), 0);
    for (let index = 1; index <= 20; index++) same('index', await append(log, text(`entry ${index}`)), index);
    same('head', await log.head(), 20);
  }),
  caseOf('append.index', 'a refused entry takes no index', async (log) => {
    await append(log, text('a'));
    await log.append(new Uint8Array(log.info.maxEntryBytes + 1));
    same('index', await append(log, text('b')), 2);
    same('entries', await words(log, 1, 2), ['a', 'b']);
  }),
  caseOf('append.bytes', 'keeps bytes as they are, also none and every value of a byte', async (log) => {
    const entries = [
      new Uint8Array(0),
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
      filled(64 * 1024, 7),
    ];
    for (const bytes of entries) await append(log, bytes);
    const read = await take(log, 1, entries.length);
    for (const [at, bytes] of entries.entries()) sameBytes(`entry ${at + 1}`, read[at]!.bytes, bytes);
  }),
  caseOf('append.bytes', 'keeps its own copy of the bytes', async (log) => {
    const bytes = text('mine');
    await append(log, bytes);
    bytes.fill(0);
    same('entry', await words(log, 1, 1), ['mine']);
  }),
  caseOf('append.bytes', 'takes a part of a larger buffer', async (log) => {
    await append(log, text('<<inside>>').subarray(2, 8));
    same('entry', await words(log, 1, 1), ['inside']);
  }),
  caseOf('append.bytes', 'takes an entry of the largest size', async (log) => {
    const largest = filled(log.info.maxEntryBytes, 9);
    await append(log, largest);
    sameBytes('entry', (await take(log, 1, 1))[0]!.bytes, largest);
  }),
  caseOf('append.refusal', 'refuses what is too large, and nothing is in the log', async (log) => {
    const refused = await log.append(new Uint8Array(log.info.maxEntryBytes + 1));
    check(
      !refused.ok && refused.reason === 'too-large',
      `is refused as too large, not ${JSON.stringify(refused)}`,
    );
    same('head', await log.head(), 0);
  }),
  caseOf(
    'append.durable',
    'a log that is opened again has its id, entries and checkpoint, and goes on counting',
    async (log, logs) => {
      await appendAll(log, 1, 30);
      for (const index of [10, 20]) await log.checkpoint(full(index, { a: String(index), b: 'b' }));
      await log.close();
      const again = await logs.reopen(log);
      same('id', again.info.id, log.info.id);
      same('head', await again.head(), 30);
      same('checkpoint', await restored(again), { index: 20, state: { a: '20', b: 'b' } });
      same('entries', await words(again, 11, 20), numbered(11, 30));
      const error = await rejects('reading trimmed entries', words(again, 1, 1));
      check(error instanceof Trimmed, `what was trimmed stays trimmed: ${error}`);
      same('index', await append(again, text('31')), 31);
    },
    'reopen',
  ),
  caseOf(
    'append.durable',
    'every entry is there after many short lives',
    async (first, logs) => {
      let log = first;
      for (let life = 0; life < 5; life++) {
        await appendAll(log, life * 3 + 1, life * 3 + 3);
        await log.close();
        log = await logs.reopen(log);
      }
      same('entries', await words(log, 1, 15), numbered(1, 15));
    },
    'reopen',
  ),
  caseOf('close.waits', 'waits for the append in flight', async (log) => {
    let appended: Appended | null = null;
    const appending = log.append(text('last')).then((result) => {
      appended = result;
    });
    await log.close();
    await pause();
    same('result', appended, { ok: true, index: 1 });
    await appending;
  }),
  caseOf('close.ends', 'nothing works afterwards, and closing again does no harm', async (log) => {
    await append(log, text('a'));
    await log.close();
    await log.close();
    await rejects('append', log.append(text('b')));
    await rejects('head', log.head());
    await rejects('restore', log.restore());
    await rejects('checkpoint', log.checkpoint(full(1, {})));
  }),
  caseOf('close.ends', 'ends the readers that wait', async (log) => {
    const read = collect(log.entries(1, new AbortController().signal)).catch(() => {});
    await pause();
    await log.close();
    await read;
  }),
];
