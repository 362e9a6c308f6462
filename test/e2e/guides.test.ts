import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { blocksOf, root } from './blocks.ts';
import { shell } from './shell.ts';
import { follow, stepsOf } from './steps.ts';

/** Every command of the guides runs, in order and in one shell, and prints the lines that the guide shows. */

const guides = ['docs/gates.md', 'docs/group-communication.md', 'docs/panels.md', 'docs/rules.md'];

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

test.each(guides)('%s', { timeout: 70_000 }, async (guide) => {
  const { path, remove } = temporaryFolder();
  const env = { QUORATE_URL: server.url, HOME: path, NO_PROXY: '*', no_proxy: '*' };
  const all = stepsOf(guide);
  expect(all.length).toBeGreaterThan(3);
  await follow(all, { folder: path, env }).finally(remove);
});

test('examples/member.py is the program of docs/panels.md, and asks a model', async () => {
  const program = readFileSync(join(root, 'examples/member.py'), 'utf8').replace(/^.*\n\n?/, '');
  expect(blocksOf('docs/panels.md', 'python')).toEqual([program]);
  const asked: { model: string; messages: { content: string }[] }[] = [];
  const model = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      asked.push(JSON.parse(body));
      const content = 'Nobody is there on Saturday.\n\n**Answer:** No.';
      response.end(JSON.stringify({ choices: [{ message: { content } }] }));
    });
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  try {
    const [commands = ''] = blocksOf('docs/panels.md', 'shell');
    const script = commands
      .replace('http://127.0.0.1:8080/v1', url)
      .replaceAll('examples/', `${root}examples/`);
    const env = { QUORATE_URL: server.url, NO_PROXY: '*', no_proxy: '*' };
    const { code, stdout, stderr } = await shell(script, env);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: '"no"\n' });
    expect(asked.map(({ model }) => model).sort()).toEqual(['large-model', 'small-model']);
    expect(asked[0]?.messages[0]?.content).toContain('on a Friday?\nEnd with a line that is one of: yes, no');
  } finally {
    model.closeAllConnections();
    await new Promise((resolve) => model.close(resolve));
  }
});
