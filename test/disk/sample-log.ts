import { openFileLog } from '../../src/log/file/engine.ts';
import { realSurroundings } from '../../src/replica/clock.ts';
import { Replica } from '../../src/replica/replica.ts';
import { settingsOf } from '../harness/test-group.ts';

/** Lets a replica run for a while on the log in `path`: five groups, many rounds, checkpoints as told. */
export async function writeSampleLog(path: string, checkpointEntries: number, commands = 160): Promise<void> {
  const log = await openFileLog(path, { minFreeBytes: 0 });
  const writer = `writer-${await log.head()}`;
  const replica = new Replica({
    log,
    surroundings: realSurroundings(),
    writer,
    limits: { checkpointEntries },
  });
  await replica.start();
  const settings = settingsOf({ rule: { electorate: { size: 2 }, threshold: 2, next: 'continuous' } });
  for (let n = 0; n < commands; n += 1) {
    const group = `g-${n % 5}`;
    const plain = { round: null, seq: null, tokenHash: null, key: null };
    const command =
      n < 5
        ? ({
            type: 'put-group',
            group,
            settings,
            ifRevision: null,
            joinKeyHash: null,
            observerKeyHash: null,
          } as const)
        : ({ type: 'propose', group, agent: `a${n % 7}`, value: String(n % 3), ...plain } as const);
    await replica.submit(command, () => undefined);
  }
  await replica.stop();
}
