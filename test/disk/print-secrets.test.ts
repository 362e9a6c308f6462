import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import { openFileLog } from '../../src/log/file/engine.ts';
import { logContents } from '../../src/log-contents.ts';
import { realSurroundings } from '../../src/replica/clock.ts';
import { Replica } from '../../src/replica/replica.ts';
import { createCommand, newestVersion } from '../harness/entries.ts';
import { temporaryFolder } from '../harness/server.ts';
import { settingsOf } from '../harness/test-group.ts';

/** A webhook `w` of the group, or of the server, at an address that is itself a secret. */
function put(group: string | null, secret: string): Command {
  const url = 'https://hooks.example/services/T0/zz-token';
  const plain = { states: 'all', format: 'slack', byKeyHash: null, keepSecret: false } as const;
  return { type: 'put-webhook', group, id: 'w', url, ...plain, secret };
}

test('a printed log shows no secret of a webhook, in its entries and in its checkpoints [Q11.3]', async () => {
  const folder = temporaryFolder();
  const dir = join(folder.path, 'log');
  try {
    const log = await openFileLog(dir, { minFreeBytes: 0 });
    const limits = { checkpointEntries: 4 };
    const replica = new Replica({ log, surroundings: realSurroundings(), writer: 'w', limits });
    await replica.start();
    const commands = [newestVersion, createCommand('g', settingsOf({}))];
    for (const secret of ['whsec_zz-first', 'whsec_zz-next'])
      commands.push(put('g', secret), put(null, secret));
    for (const command of commands) await replica.submit(command, () => undefined);
    await replica.stop();
    let text = '';
    for await (const part of logContents(dir, { from: 1, limit: 100 })) text += `${JSON.stringify(part)}\n`;
    expect(text).toContain('"secret":"(hidden)"');
    for (const record of ['group/g', 'server']) expect(text).toContain(`"record":"${record}"`);
    expect(text.match(/https:\/\/hooks\.example\/\(hidden\)/g)?.length).toBeGreaterThanOrEqual(6);
    expect(text).not.toMatch(/zz-/);
  } finally {
    folder.remove();
  }
});
