import { type Case, caseOf } from './case.ts';
import { check, same } from './checks.ts';
import { append, text, words } from './steps.ts';

export const headCases: readonly Case[] = [
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
