import { type Span as ActiveSpan, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../src/serve.ts';
import { temporaryFolder, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';

/** What somebody sees who has registered an SDK of OpenTelemetry before the server starts. */

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterAll(() => provider.shutdown());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${callersSpan}-01`;
const binary = etcdBinary();

let etcd: EtcdCluster | undefined;
beforeAll(async () => {
  if (binary) etcd = await EtcdCluster.start({ binary });
});
afterAll(() => etcd?.stop());

let server: RunningServer;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await server.stop();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const places = { files: () => folder(), etcd: () => etcd?.url('traces') ?? '' };

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return `file:${path}`;
}

async function begin(log: string): Promise<void> {
  server = await serve({ port: 0, log, notify: () => undefined });
  exporter.reset();
}

async function send(method: string, path: string, body?: object, headers = {}): Promise<Response> {
  const sent = { 'content-type': 'application/json', ...headers };
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(server.url + path, { method, headers: sent, ...json });
}

const spans = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);

/** The finished spans of this name, once there are so many. */
const finished = (name: string, count: number): Promise<ReadableSpan[]> =>
  until(30_000, () => (spans(name).length >= count ? spans(name) : undefined));

const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId;
const route = '/v1/groups/:group/rounds/:round/proposals/:agent';

describe.each(['files', 'etcd'] as const)('a trace over %s', (place) => {
  beforeEach(async ({ skip }) => {
    if (place === 'etcd' && etcd === undefined) skip();
    await begin(places[place]());
    await send('PUT', '/v1/groups/g', { rule: { electorate: { agents: ['ann', 'bob'] } } });
    exporter.reset();
  });

  test("has the request within the caller's span, and below it the append and the apply of its entry", async () => {
    const answer = await send(
      'PUT',
      '/v1/groups/g/rounds/1/proposals/ann',
      { value: 'hidden-value' },
      { traceparent },
    );
    expect(answer.status).toBe(201);
    const [request] = await finished(`PUT ${route}`, 1);
    const [append] = await finished('quorate.append', 1);
    const [apply] = await finished('quorate.apply', 1);
    expect(request).toMatchObject({
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': 'PUT',
        'http.route': route,
        'http.response.status_code': 201,
        'url.scheme': 'http',
        'quorate.group': 'g',
      },
    });
    expect(request?.spanContext().traceId).toBe(traceId);
    expect(parentOf(request)).toBe(callersSpan);
    for (const span of [append, apply]) {
      expect(span?.spanContext().traceId).toBe(traceId);
      expect(parentOf(span)).toBe(request?.spanContext().spanId);
      expect(span?.status.code).toBe(SpanStatusCode.UNSET);
    }
    expect(append?.attributes).toEqual({ 'quorate.entry.commands': 1 });
    expect(apply?.attributes).toEqual({ 'quorate.entry.index': expect.any(Number) });
  });

  test('is whole for each of many requests that come into one entry', async () => {
    const many = Array.from({ length: 20 }, (_, n) => `agent-${n}`);
    await send('PUT', '/v1/groups/many', { rule: { electorate: { agents: many } } });
    // A span may end a moment after its answer.
    await finished('PUT /v1/groups/:group', 1);
    exporter.reset();
    await Promise.all(
      many.map((name) => send('PUT', `/v1/groups/many/rounds/1/proposals/${name}`, { value: 1 })),
    );
    const requests = await finished(`PUT ${route}`, many.length);
    const [appends, applies] = [
      await finished('quorate.append', many.length),
      await finished('quorate.apply', many.length),
    ];
    for (const below of [appends, applies]) {
      expect(below).toHaveLength(many.length);
      expect(new Set(below.map(parentOf))).toEqual(new Set(requests.map((one) => one.spanContext().spanId)));
    }
    expect(
      Math.max(...appends.map(({ attributes }) => Number(attributes['quorate.entry.commands']))),
    ).toBeGreaterThan(1);
    expect(new Set(requests.map((one) => one.spanContext().traceId)).size).toBe(many.length);
  });
});

describe('a span of a request', () => {
  beforeEach(() => begin('memory:'));

  test('that is refused says by which code, and is an error only where the server is at fault', async () => {
    await send('GET', '/v1/groups/none', undefined, { 'x-request-id': 'call-7' });
    await send('GET', '/no/such/path?secret=zz-query');
    const [refused] = await finished('GET /v1/groups/:group', 1);
    expect(refused?.attributes).toMatchObject({
      'http.response.status_code': 404,
      'quorate.code': 'group-not-found',
      'quorate.request_id': 'call-7',
    });
    expect(refused?.status.code).toBe(SpanStatusCode.UNSET);
    const [nowhere] = await finished('GET', 1);
    expect(nowhere?.attributes).toMatchObject({
      'http.response.status_code': 404,
      'quorate.code': 'not-found',
    });
    expect(nowhere?.attributes).not.toHaveProperty('http.route');
    // A server that is about to stop.
    const stopped = server.stop();
    expect((await send('GET', '/readyz')).status).toBe(503);
    await stopped;
    const [unready] = await finished('GET /readyz', 1);
    expect(unready?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'stopping' });
    expect(unready?.attributes).toMatchObject({ 'http.response.status_code': 503, 'error.type': 'stopping' });
  });

  test('has nothing of what was sent', async () => {
    const secret = 'zz-nobody-may-see-this-zz';
    const rule = { electorate: { agents: ['ann'] }, equality: 'exact' };
    const made = await send('PUT', '/v1/groups/blind', { rule, title: secret, admission: 'key' });
    const { joinKey } = (await made.json()) as { joinKey: string };
    const authorization = `Bearer ${joinKey}`;
    const joined = await send('PUT', '/v1/groups/blind/agents/ann', { instance: secret }, { authorization });
    const { token } = (await joined.json()) as { token: string };
    const ann = {
      authorization: `Bearer ${token}`,
      cookie: secret,
      'idempotency-key': secret,
      'user-agent': secret,
    };
    const path = '/v1/groups/blind/rounds/1/proposals/ann';
    expect((await send('PUT', path, { value: secret, note: secret }, ann)).status).toBe(201);
    await send('POST', '/v1/groups/blind/messages', { body: secret }, ann);
    await send('GET', `/v1/groups/${secret}/rounds?after=${secret}`, undefined, ann);
    await send('GET', `/${secret}`, undefined, ann);
    await finished('GET', 1);
    const seen = exporter.getFinishedSpans().map(({ name, attributes, status, events, links }) => ({
      ...{ name, attributes, status, events, links },
    }));
    expect(seen.length).toBeGreaterThan(10);
    for (const hidden of [secret, joinKey, token]) expect(JSON.stringify(seen)).not.toContain(hidden);
  });

  test('names the group that it makes, and none that there is not', async () => {
    await send('GET', '/v1/groups/new');
    await send('PUT', '/v1/groups/new', { rule: { electorate: { agents: ['ann'] } } });
    const [missed] = await finished('GET /v1/groups/:group', 1);
    const [made] = await finished('PUT /v1/groups/:group', 1);
    expect(missed?.attributes).not.toHaveProperty('quorate.group');
    expect(made?.attributes).toMatchObject({ 'quorate.group': 'new' });
  });

  test('of a tool that a model calls has those of the requests that it makes below it', async () => {
    const accept = 'application/json, text/event-stream';
    const call = {
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'list_groups', arguments: {} },
    };
    await (await send('POST', '/mcp', call, { accept, 'mcp-protocol-version': '2025-11-25' })).text();
    const [tool] = await finished('POST /mcp', 1);
    const [inner] = await finished('GET /v1/groups', 1);
    expect(parentOf(inner)).toBe(tool?.spanContext().spanId);
  });

  test('is none of what a program has active that starts the server', async () => {
    const tracer = trace.getTracer('program');
    await tracer.startActiveSpan('program', async (span: ActiveSpan) => {
      await send('GET', '/healthz');
      span.end();
    });
    const [request] = await finished('GET /healthz', 1);
    expect(request?.parentSpanContext).toBeUndefined();
  });
});
