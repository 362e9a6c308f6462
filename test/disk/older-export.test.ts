import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quorate, startServer, temporaryFolder } from '../harness/server.ts';

/** An export of a log in LMDB, which an earlier version kept, with a checkpoint in it; and what that log held. */
const folder = join(import.meta.dirname, 'exports');
const file = join(folder, 'lmdb.jsonl');
const held = JSON.parse(readFileSync(join(folder, 'lmdb.json'), 'utf8'));

test('an export made by the LMDB engine is restored, and served, with the rounds that it had [Q8.4]', async () => {
  const { path, remove } = temporaryFolder();
  try {
    const dir = join(path, 'restored');
    expect(await quorate(['restore', file, dir, '--same-id'])).toMatchObject({ code: 0 });
    const { id, head, groups } = held;
    const sound = await quorate(['verify', dir, '--json']);
    expect(JSON.parse(sound.stdout)).toMatchObject({ ok: true, id, head, groups });
    const server = await startServer(['--data', dir]);
    try {
      for (const round of held.rounds) {
        const answer = await fetch(`${server.url}/v1/groups/${round.group}/rounds/${round.round}`);
        expect(await answer.json()).toMatchObject(round);
      }
    } finally {
      await server.kill();
    }
  } finally {
    remove();
  }
});
