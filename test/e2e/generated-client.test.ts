import { execFileSync } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ask } from '../conformance/http/ask.ts';
import { startServer, temporaryFolder } from '../harness/server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('a client that a generator makes from /openapi.json plays a round', async () => {
  const { path, remove } = temporaryFolder();
  const server = await startServer(['--log', 'memory:']);
  try {
    writeFileSync(join(path, 'openapi.json'), (await ask(server.url, 'GET', '/openapi.json')).text);
    writeFileSync(join(path, 'package.json'), '{"type": "module"}');
    copyFileSync(join(root, 'test/e2e/generated-client/round.ts'), join(path, 'round.ts'));
    symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
    const run = (program: string, ...args: readonly string[]) =>
      execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], {
        cwd: path,
        encoding: 'utf8',
        timeout: 60_000,
      });
    run('oazapfts/dist/cli.js', 'openapi.json', 'client.ts');
    run(
      ...(['typescript/bin/tsc', 'round.ts', '--strict', '--skipLibCheck', '--types', 'node'] as const),
      ...(['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom'] as const),
    );
    const made = (await import(pathToFileURL(join(path, 'round.js')).href)) as {
      playRound(url: string): Promise<unknown>;
    };
    const played = await made.playRound(server.url);
    const outcome = expect.objectContaining({
      state: 'SUCCESS',
      reason: 'agreed',
      value: 'pizza',
      present: 3,
    });
    expect(played).toEqual({
      complaints: expect.arrayContaining([expect.objectContaining({ field: 'rule.electorate' })]),
      outcomes: [outcome, outcome, outcome],
      read: outcome,
      dissent: [{ value: 'soup', agents: ['bob'] }],
      late: { code: 'round-closed', fix: expect.stringMatching(/./), was: 'pizza' },
      missing: 404,
    });
  } finally {
    await server.stop();
    remove();
  }
});
