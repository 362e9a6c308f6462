import type { Appended } from '../log.ts';
import { type Case, caseOf } from './case.ts';
import { rejects, same } from './checks.ts';
import { append, collect, full, pause, text } from './steps.ts';

export const closeCases: readonly Case[] = [
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
