import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { beforeAll, expect, test } from 'vitest';

const limitBytes = 15 * 1024;
const entry = new URL('./index.ts', import.meta.url).pathname;

let code = '';
let imports: readonly string[] = [];

beforeAll(async () => {
  const bundle = await rolldown({ input: entry, platform: 'browser', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'iife', name: 'quorate', minify: true });
  await bundle.close();
  ({ code, imports } = output[0]);
});

test('the SDK is one file under 15 KB gzipped that imports nothing', () => {
  expect(imports).toEqual([]);
  expect(code).not.toMatch(/node:|\brequire\(/);
  const bytes = gzipSync(code).length;
  expect(bytes, `${bytes} bytes gzipped`).toBeLessThan(limitBytes);
});

test('it runs where there is nothing of Node', async () => {
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(`${init.method} ${url}`);
    return Response.json({ round: 1, state: 'SUCCESS', value: 'pizza', token: 'secret', ttl: 30_000 });
  };
  // What browsers have; the language's own names come with the context.
  const web = { fetch, AbortController, AbortSignal, URL, URLSearchParams, TextDecoder, crypto, performance };
  const context = createContext({ ...web, setTimeout, clearTimeout });
  runInContext(`var quorate; ${code}; globalThis.quorate ??= quorate;`, context);
  const value = await runInContext(
    `(async () => {
      const group = quorate.connect({ url: 'http://a' }).group('lunch');
      const ann = await group.join('ann');
      const { value } = await ann.agree({ propose: () => 'pizza', deadline: '5s' });
      await ann.leave();
      return value;
    })()`,
    context,
  );
  expect(value).toBe('pizza');
  expect(asked).toEqual([
    'PUT http://a/v1/groups/lunch/agents/ann',
    'GET http://a/v1/groups/lunch/rounds/latest',
    // The round is closed, and the answer to this one says nothing of more to come.
    'GET http://a/v1/groups/lunch',
    'DELETE http://a/v1/groups/lunch/agents/ann',
  ]);
});
