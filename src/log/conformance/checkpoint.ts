import { type Checkpoint, type CheckpointRecord, LogFailure, Trimmed } from '../log.ts';
import { type Case, caseOf } from './case.ts';
import { check, rejects, same } from './checks.ts';
import {
  append,
  appendAll,
  type Changes,
  full,
  numbered,
  recordsOf,
  restored,
  text,
  words,
} from './steps.ts';

/** The cases of `checkpoint` and `restore`. */
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
  caseOf('checkpoint.trim', 'enough is kept to fall back to the checkpoint before the last', async (log) => {
    await appendAll(log, 1, 30);
    await log.checkpoint(full(10, { a: '10' }));
    same('after the first', await words(log, 1, 30), numbered(1, 30));
    await log.checkpoint(full(20, { a: '20' }));
    same('after the second', await words(log, 11, 20), numbered(11, 30));
  }),
  caseOf('entries.trimmed', 'what was trimmed is refused as trimmed', async (log) => {
    await appendAll(log, 1, 30);
    for (const index of [10, 20, 30]) await log.checkpoint(full(index, { a: String(index) }));
    const error = await rejects('reading trimmed entries', words(log, 1, 1));
    check(error instanceof Trimmed, `throws Trimmed, not ${error}`);
    same('index goes on', await append(log, text('31')), 31);
    same('what is left', await words(log, 21, 11), numbered(21, 31));
  }),
  caseOf('restore.latest', 'there is none at first', async (log) => {
    same('checkpoint', await log.restore(), null);
  }),
  caseOf('restore.latest', 'gives back what was published', async (log) => {
    await appendAll(log, 1, 5);
    await log.checkpoint(full(5, { a: 'one', b: 'two', 'b/c': '', ünï: 'ø' }));
    same('checkpoint', await restored(log), {
      index: 5,
      state: { a: 'one', b: 'two', 'b/c': '', ünï: 'ø' },
    });
  }),
  caseOf('restore.latest', 'gives back a thousand records, written in many slices', async (log) => {
    await appendAll(log, 1, 1);
    const state = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`key-${n}`, `value ${n} `.repeat(40)]),
    );
    await log.checkpoint(full(1, state));
    const found = await restored(log);
    same('number of records', Object.keys(found!.state).length, 1000);
    same('records', found, { index: 1, state });
  }),
  caseOf('restore.latest', 'with the entries after it reproduces the state', async (log) => {
    const state = new Map<string, string>();
    for (let index = 1; index <= 50; index++) {
      const [key, value] = [`k${index % 7}`, String(index)];
      await append(log, text(`${key}=${value}`));
      state.set(key, value);
      if (index % 15 === 0) await log.checkpoint(full(index, Object.fromEntries(state)));
    }
    const found = await restored(log);
    check(found !== null, 'there is a checkpoint');
    const again = new Map(Object.entries(found!.state));
    for (const line of await words(log, found!.index + 1, 50 - found!.index)) {
      const [key, value] = line.split('=') as [string, string];
      again.set(key, value);
    }
    same('state', Object.fromEntries([...again].sort()), Object.fromEntries([...state].sort()));
  }),
  caseOf(
    'restore.fall-back',
    'a damaged checkpoint gives way to the one before it, or its reason is thrown',
    async (log) => {
      await appendAll(log, 1, 30);
      for (const index of [10, 20]) await log.checkpoint(full(index, { a: String(index) }));
      const latest = (await log.restore())!;
      const damaged = new LogFailure('damaged');
      let before: Checkpoint | null;
      try {
        before = latest.fallBack(damaged);
      } catch (error) {
        check(error === damaged, `throws the reason, not ${error}`);
        return;
      }
      same('the one before', before && (await recordsOf(before)), { index: 10, state: { a: '10' } });
      same('restored from now on', await restored(log), { index: 10, state: { a: '10' } });
      same('entries', await words(log, 11, 20), numbered(11, 30));
      await log.checkpoint(full(30, { a: '30' }));
      same('the next one', await restored(log), { index: 30, state: { a: '30' } });
    },
  ),
];
