import { type Case, caseOf } from './case.ts';
import { check, rejects, same, sameBytes } from './checks.ts';
import { append, appendAll, collect, filled, numbered, pause, take, text, words } from './steps.ts';

/** The cases of `entries` and `head`. */
export const entriesCases: readonly Case[] = [
  caseOf('entries.order', 'a reader that starts later reads from the first entry', async (log) => {
    await appendAll(log, 1, 30);
    same('entries', await words(log, 1, 30), numbered(1, 30));
  }),
  caseOf('entries.order', 'starts in the middle', async (log) => {
    await appendAll(log, 1, 10);
    same('entries', await words(log, 7, 4), numbered(7, 10));
  }),
  caseOf('entries.order', 'gives every reader the same order, each entry once [Q1.1]', async (log) => {
    const early = [words(log, 1, 60), words(log, 1, 60)];
    await appendAll(log, 1, 30);
    const late = [words(log, 1, 60), words(log, 1, 60)];
    await appendAll(log, 31, 60);
    for (const read of [...early, ...late]) same('entries', await read, numbered(1, 60));
  }),
  caseOf(
    'entries.order',
    'loses nothing when readers of every pace read while entries are appended',
    async (log) => {
      const count = 300;
      const readers = [0, 1, 2, 3].map((pace) =>
        take(log, 1, count, pace === 0 ? null : () => pause(pace - 1)),
      );
      for (let index = 1; index <= count; index++)
        await append(log, filled(1 + ((index * 37) % 5000), index % 256));
      for (const read of readers) {
        for (const [at, entry] of (await read).entries()) {
          same('index', entry.index, at + 1);
          sameBytes(`entry ${at + 1}`, entry.bytes, filled(1 + (((at + 1) * 37) % 5000), (at + 1) % 256));
        }
      }
    },
  ),
  caseOf('entries.wait', 'a reader that starts before the first entry waits for it', async (log) => {
    const read = words(log, 1, 3);
    await pause();
    await appendAll(log, 1, 3);
    same('entries', await read, numbered(1, 3));
  }),
  caseOf('entries.wait', 'starts beyond the head, and waits', async (log) => {
    const read = words(log, 4, 2);
    await appendAll(log, 1, 5);
    same('entries', await read, numbered(4, 5));
  }),
  caseOf('entries.stop', 'returns when its signal aborts while it waits', async (log) => {
    const stop = new AbortController();
    const entries = log.entries(1, stop.signal)[Symbol.asyncIterator]();
    const first = entries.next();
    await append(log, text('only'));
    same('done after one entry', (await first).done, false);
    const second = entries.next();
    await pause(20);
    stop.abort();
    same('done after the abort', (await second).done, true);
  }),
  caseOf('entries.stop', 'yields nothing when its signal has aborted before', async (log) => {
    await append(log, text('a'));
    same('entries', (await collect(log.entries(1, AbortSignal.abort()))).length, 0);
  }),
  caseOf('entries.stop', 'a reader that breaks off leaves the others alone', async (log) => {
    const other = words(log, 1, 4);
    await appendAll(log, 1, 2);
    same('entries', await words(log, 1, 1), numbered(1, 1));
    await appendAll(log, 3, 4);
    same('entries', await other, numbered(1, 4));
  }),
  caseOf('entries.range', 'refuses to read from before the first entry', async (log) => {
    const error = await rejects('reading from 0', collect(log.entries(0, new AbortController().signal)));
    check(error instanceof RangeError, `throws RangeError, not ${error}`);
  }),
  caseOf('head.linearizable', 'is at least the index of every append that resolved', async (log) => {
    for (let index = 1; index <= 10; index++) {
      await append(log, text('x'));
      check((await log.head()) >= index, `head reaches ${index}`);
    }
  }),
  caseOf(
    'head.linearizable',
    'counts what another server appended',
    async (log, logs) => {
      const other = await logs.join(log);
      same('id', other.info.id, log.info.id);
      for (let index = 1; index <= 10; index++) {
        const [writer, reader] = index % 2 === 0 ? [log, other] : [other, log];
        const appended = await append(writer, text(`entry ${index}`));
        check((await reader.head()) >= appended, `the other server's head reaches ${appended}`);
      }
      same('order at both', await words(log, 1, 10), await words(other, 1, 10));
    },
    'join',
  ),
];
