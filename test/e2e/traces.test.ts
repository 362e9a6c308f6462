import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { blocksOf, root } from './blocks.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

const spans: Span[] = [];
beforeEach(() => {
  spans.length = 0;
});

/** A server that is started as docs/operate.md says, and a collector, which answers unless it is `mute`. */
async function start(settings: { readonly delay: string; readonly mute?: boolean }): Promise<Server> {
  const collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      if (settings.mute === true) return;
      const { resourceSpans } = JSON.parse(body) as Export;
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    collector.closeAllConnections();
    collector.close();
  });
  const { port } = collector.address() as AddressInfo;
  const [recipe = ''] = blocksOf('docs/operate.md', 'js').filter((block) =>
    block.startsWith('// tracing.mjs'),
  );
  // In the checkout, where its packages are found.
  const folder = join(root, '.cache/traces');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `tracing-${process.pid}.mjs`);
  writeFileSync(file, recipe);
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const server = await startServer(['--data', join(path, 'data')], 0, {
    NODE_OPTIONS: `--import ${pathToFileURL(file)}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: settings.delay,
  });
  cleanups.push(() => server.kill());
  return server;
}

function put(server: Server, at: string, body: object): Promise<Response> {
  return fetch(server.url + at, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    body: JSON.stringify(body),
  });
}

test('a server that is started as docs/operate.md says sends its spans to a collector', async () => {
  const server = await start({ delay: '100' });
  await put(server, '/v1/groups/g', { rule: { electorate: { agents: ['ann', 'bob'] } } });
  expect((await put(server, '/v1/groups/g/rounds/1/proposals/ann', { value: 1 })).status).toBe(201);
  const route = 'PUT /v1/groups/:group/rounds/:round/proposals/:agent';
  const request = await until(30_000, () => spans.find(({ name }) => name === route));
  expect(request).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
  });
  await until(30_000, () => {
    const below = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId);
    return below.length === 2 ? below : undefined;
  });
  const below = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId);
  expect(below.map(({ name }) => name).sort()).toEqual(['quorate.append', 'quorate.apply']);
  expect(server.stderr()).not.toContain('mistake');
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

test('a server that is told to stop sends the spans that it still has', async () => {
  const server = await start({ delay: '600000' });
  await put(server, '/v1/groups/g', { rule: { electorate: { agents: ['ann'] } } });
  expect(spans).toEqual([]);
  expect(await server.stop()).toEqual({ code: 0, signal: null });
  expect(spans.map(({ name }) => name).sort()).toEqual([
    'PUT /v1/groups/:group',
    'quorate.append',
    'quorate.apply',
  ]);
});

test('a server ends although its collector does not answer', async () => {
  const server = await start({ delay: '600000', mute: true });
  await put(server, '/v1/groups/g', { rule: { electorate: { agents: ['ann'] } } });
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});
