import { type Checkpoint, LogFailure, Trimmed } from '../log.ts';
import { type Case, caseOf } from './case.ts';
import { check, rejects, same } from './checks.ts';
import { append, appendAll, full, numbered, recordsOf, restored, text, words } from './steps.ts';

export const restoreCases: readonly Case[] = [
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
