import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { quorate, type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { blocksOf, root } from './blocks.ts';

/** Programs in documents that are parts of the reader's own: each runs here, with what it leaves to the reader. */

const folder = temporaryFolder();
let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => {
  folder.remove();
  return server?.kill();
});

/** Runs a program, with the client of this checkout and the address of the test's server. */
function run(program: string): string {
  const file = join(folder.path, 'program.mjs');
  const client = pathToFileURL(join(root, 'dist/client/index.js')).href;
  writeFileSync(
    file,
    program.replace("'quorate/client'", `'${client}'`).replaceAll('http://127.0.0.1:5000', server.url),
  );
  const options = { cwd: folder.path, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], options);
  expect(status, stderr).toBe(0);
  return stdout;
}

test('docs/history-format.md: the lines that it shows, and those that its program records, are found to be in order', async () => {
  const [lines = ''] = blocksOf('docs/history-format.md', 'json');
  const [program = ''] = blocksOf('docs/history-format.md', 'js');
  writeFileSync(join(folder.path, 'shown.jsonl'), lines);
  expect((await quorate(['check', join(folder.path, 'shown.jsonl')])).code).toBe(0);
  run(`${program}
    const lunch = client.group('lunch');
    await lunch.create({ rule: { electorate: { agents: ['ann'] } } });
    await lunch.propose({ agent: 'ann', value: 'pizza' });
    await lunch.round(1);`);
  const recorded = join(folder.path, 'history.jsonl');
  expect(readFileSync(recorded, 'utf8').trim().split('\n').length).toBeGreaterThan(1);
  expect((await quorate(['check', recorded])).code).toBe(0);
});

test('docs/gates.md: the program that claims a decision acts once', async () => {
  const [program = ''] = blocksOf('docs/gates.md', 'js');
  const gate = connect({ url: server.url }).group('deploy');
  const rule = { electorate: { size: 1 }, options: ['approve', 'reject'], next: 'continuous' as const };
  const { joinKey = '' } = await gate.create({ admission: 'key', rule, subjectHash: '4f2c1d' });
  const managed = gate.as(joinKey);
  const ann = await managed.join('ann');
  await ann.propose({ round: 1, value: 'reject' });
  await ann.propose({ round: 2, value: 'approve' });
  const printed = run(`
    import { connect } from 'quorate/client';
    const [url, token] = ['${server.url}', '${joinKey}'];
    const deploy = ({ fence, signal }) => console.log(typeof fence, signal.aborted);
    ${program}`);
  expect(printed).toBe('number false\n');
  expect(await managed.readClaim(2)).toMatchObject({ state: 'spent', result: { version: '1.4' } });
});
