import type { CheckpointRecord } from '../log.ts';
import { type Case, caseOf } from './case.ts';
import { check, rejects, same } from './checks.ts';
import { append, appendAll, type Changes, full, numbered, restored, text, words } from './steps.ts';

export const checkpointCases: readonly Case[] = [
  caseOf('checkpoint.whole', 'one without records is one', async (log) => {
    await appendAll(log, 1, 2);
    await log.checkpoint(full(2, {}));
    same('checkpoint', await restored(log), { index: 2, state: {} });
  }),
  caseOf('checkpoint.whole', 'one that breaks off leaves the one before it in force', async (log) => {
    await appendAll(log, 1, 4);
    await log.checkpoint(full(2, { a: 'kept' }));
    async function* broken(): AsyncGenerator<CheckpointRecord[]> {
      yield Array.from({ length: 600 }, (_, n) => ({ key: `stray-${n}`, bytes: text('stray') }));
      throw new Error('broken off');
    }
    await rejects(
      'a checkpoint whose source fails',
      log.checkpoint({ index: 4, full: true, records: broken() }),
    );
    same('checkpoint', await restored(log), { index: 2, state: { a: 'kept' } });
    await log.checkpoint({ ...full(4, { a: 'next' }), full: log.info.checkpoints === 'full' });
    same('the one after', await restored(log), { index: 4, state: { a: 'next' } });
  }),
  caseOf('checkpoint.keys', 'a full one forgets the keys it does not name', async (log) => {
    await appendAll(log, 1, 6);
    await log.checkpoint(full(2, { a: '1', b: '1' }));
    await log.checkpoint(full(4, { b: '2', c: '2' }));
    same('checkpoint', await restored(log), { index: 4, state: { b: '2', c: '2' } });
    await log.checkpoint(full(6, { d: '3' }));
    same('checkpoint', await restored(log), { index: 6, state: { d: '3' } });
  }),
  caseOf(
    'checkpoint.keys',
    'an incremental one keeps the keys it does not name, and deletes those it names so',
    async (log) => {
      // An engine that takes only full checkpoints is given the same states in full.
      const incremental = log.info.checkpoints === 'incremental';
      const step = (index: number, changed: Changes, whole: Changes) =>
        log.checkpoint(incremental ? { ...full(index, changed), full: false } : full(index, whole));
      await appendAll(log, 1, 10);
      await step(2, { a: '1', b: '1', c: '1' }, { a: '1', b: '1', c: '1' });
      await step(4, { b: '2', d: '2' }, { a: '1', b: '2', c: '1', d: '2' });
      same('second', await restored(log), { index: 4, state: { a: '1', b: '2', c: '1', d: '2' } });
      await step(6, { a: null, c: '3' }, { b: '2', c: '3', d: '2' });
      same('third', await restored(log), { index: 6, state: { b: '2', c: '3', d: '2' } });
      await step(8, { a: '4', nobody: null }, { a: '4', b: '2', c: '3', d: '2' });
      same('fourth', await restored(log), { index: 8, state: { a: '4', b: '2', c: '3', d: '2' } });
      await step(10, {}, { a: '4', b: '2', c: '3', d: '2' });
      same('fifth', await restored(log), { index: 10, state: { a: '4', b: '2', c: '3', d: '2' } });
    },
  ),
  caseOf('checkpoint.latest', 'an older one never replaces a newer one', async (log) => {
    await appendAll(log, 1, 10);
    await log.checkpoint(full(8, { a: 'new' }));
    await log.checkpoint(full(3, { a: 'old' })).catch(() => {});
    same('checkpoint', await restored(log), { index: 8, state: { a: 'new' } });
  }),
  caseOf('checkpoint.online', 'entries are appended and read while its records are pulled', async (log) => {
    await appendAll(log, 1, 2);
    async function* slow(): AsyncGenerator<CheckpointRecord[]> {
      for (let n = 0; n < 5; n++) {
        await append(log, text(String(3 + n)));
        yield [{ key: `k${n}`, bytes: text(String(n)) }];
      }
    }
    await log.checkpoint({ index: 2, full: true, records: slow() });
    same('entries', await words(log, 3, 5), numbered(3, 7));
    same('checkpoint', (await restored(log))?.state, { k0: '0', k1: '1', k2: '2', k3: '3', k4: '4' });
  }),
  caseOf('checkpoint.range', 'one beyond the head is refused', async (log) => {
    await append(log, text('only'));
    const error = await rejects('a checkpoint beyond the head', log.checkpoint(full(2, {})));
    check(error instanceof RangeError, `rejects with RangeError, not ${error}`);
    same('checkpoint', await restored(log), null);
  }),
];
