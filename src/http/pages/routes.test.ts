import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from '../../../test/harness/in-memory.ts';
import { temporaryFolder } from '../../../test/harness/server.ts';
import { asProblem, sendProblem } from '../problem.ts';
import { Router } from '../router.ts';
import { pageRoutes } from './routes.ts';

const folder = temporaryFolder();
const files: Readonly<Record<string, string>> = {
  'index.html': '<p>list',
  'new.html': '<p>new',
  'cluster.html': '<p>cluster',
  'play.html': '<p>play',
  'g/group.html': '<p>group',
  'g/group/vote.html': '<p>vote',
  'assets/page-1a.js': 'go()',
  'assets/page-1a.css': 'p {}',
};

beforeAll(() => {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    writeFileSync(`${file}.gz`, gzipSync(text));
  }
});
afterAll(() => folder.remove());

function ask(path: string, headers: Readonly<Record<string, string>> = {}, built = folder.path) {
  const router = new Router({
    bodyBytes: 20,
    admit: () => null,
    seal: () => {},
    fail: (error, _request, response) =>
      sendProblem(
        response,
        asProblem(error, () => undefined),
      ),
  });
  pageRoutes(router, built);
  return send(router, { method: 'GET', path, headers, body: null });
}

test.each([
  ['/', '<p>list'],
  ['/?q=lunch', '<p>list'],
  ['/new?preset=panel', '<p>new'],
  ['/cluster', '<p>cluster'],
  ['/play?group=lunch', '<p>play'],
  ['/g/lunch', '<p>group'],
  ['/g/lunch/vote', '<p>vote'],
])('%s is a page, looked for anew each time', async (path, text) => {
  const reply = await ask(path);
  expect(reply).toMatchObject({ status: 200, text });
  expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(reply.headers['cache-control']).toBe('no-cache');
  const again = await ask(path, { 'if-none-match': reply.headers.etag as string });
  expect(again).toMatchObject({ status: 304, text: '' });
  expect((await ask(path, { 'if-none-match': '"another"' })).status).toBe(200);
});

test('what a page loads is kept for ever, since its name says what is in it', async () => {
  const script = await ask('/assets/page-1a.js');
  expect(script).toMatchObject({ status: 200, text: 'go()' });
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect((await ask('/assets/page-1a.css')).headers['content-type']).toBe('text/css; charset=utf-8');
});

test.each([
  ['gzip, deflate', true],
  ['br;q=1, gzip;q=0.5', true],
  ['gzip;q=0', false],
  ['br', false],
  ['', false],
])('to who takes "%s" it is sent packed: %s', async (accepted, isPacked) => {
  const { headers } = await ask('/assets/page-1a.js', { 'accept-encoding': accepted });
  expect(headers['content-encoding']).toBe(isPacked ? 'gzip' : undefined);
  expect(headers.vary).toBe('accept-encoding');
  const length = isPacked ? gzipSync('go()').length : 'go()'.length;
  expect(headers['content-length']).toBe(String(length));
});

test.each(['/assets/page-2b.js', '/assets/..%2Findex.html', '/assets/page-1a.js.gz', '/assets/'])(
  '%s is not found',
  async (path) => {
    expect((await ask(path)).status).toBe(404);
  },
);

test('a server whose pages are not built says how to build them', async () => {
  const reply = await ask('/', {}, join(folder.path, 'nowhere'));
  expect(reply.status).toBe(404);
  expect(JSON.parse(reply.text).detail).toContain('npm run build');
});
