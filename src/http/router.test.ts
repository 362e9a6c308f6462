import { describe, expect, test } from 'vitest';
import { Connection, type Request as Sent, send } from '../../test/harness/in-memory.ts';
import { asProblem, Problem, sendProblem } from './problem.ts';
import type { Request, Route } from './route.ts';
import { Router, type Stages } from './router.ts';

const thing = '/things/:group';
const json = { 'content-type': 'application/json' };

/** A router with one thing to read, to write and to fail at; `steps`: what was done to the requests, in order. */
function made(change: Partial<Stages> = {}) {
  const steps: string[] = [];
  const router = new Router({
    bodyBytes: 20,
    admit: ({ route }) => {
      steps.push(`admit ${route.path}`);
      return null;
    },
    seal: ({ route }, response) => {
      steps.push(`seal ${route.path} ${response.status}`);
      response.header('sealed', 'yes');
    },
    fail: (error, _request, response) =>
      sendProblem(
        response,
        asProblem(error, () => undefined),
      ),
    ...change,
  });
  const handle: Route['handle'] = (request, response) => {
    const { params, query, body } = request;
    steps.push('handle');
    response.json({ params, query, body });
  };
  router.route({ method: 'GET', path: thing, operation: null, handle });
  router.route({ method: 'PUT', path: thing, operation: null, handle });
  router.route({ method: 'GET', path: '/once', head: false, operation: null, handle });
  router.route({
    method: 'POST',
    path: '/fails',
    operation: null,
    handle: () => Promise.reject(new Error('boom')),
  });
  const ask = (method: string, path: string, more: Partial<Sent> = {}) =>
    send(router, { method, path, headers: {}, body: null, ...more });
  return { router, steps, ask };
}

describe('a request', () => {
  test('is admitted, read, handled and sealed', async () => {
    const { steps, ask } = made();
    const body = '{"value":7}';
    const response = await ask('PUT', '/things/a%20b?x=1&x=2&y=%C3%BC', { headers: json, body });
    expect(response.status).toBe(200);
    expect(response.headers.sealed).toBe('yes');
    const query = { x: ['1', '2'], y: 'ü' };
    expect(JSON.parse(response.text)).toEqual({ params: { group: 'a b' }, query, body: { value: 7 } });
    expect(steps).toEqual([`admit ${thing}`, 'handle', `seal ${thing} 200`]);
  });

  test('that is not admitted is neither read nor handled', async () => {
    const admit = () => {
      throw new Problem('overloaded', 'not now');
    };
    const { router, steps } = made({ admit });
    const unread = { method: 'PUT', url: '/things/a', headers: json, on: () => expect.unreachable() };
    const response = await new Promise((resolve) => {
      const nothing = () => undefined;
      const raw = { writeHead: (status: number) => resolve(status), write: nothing, end: nothing };
      router.handle(unread as never, raw as never);
    });
    expect(response).toBe(429);
    expect(steps).toEqual([`seal ${thing} 429`]);
  });

  test('may have to wait before it is admitted', async () => {
    const { ask } = made({ admit: () => Promise.reject(new Problem('behind', 'still')) });
    expect((await ask('GET', '/things/a')).status).toBe(503);
  });

  test('whose handler fails gets an answer that does not say how', async () => {
    const { status, text } = await made().ask('POST', '/fails');
    expect(status).toBe(500);
    expect(text).not.toContain('boom');
  });

  test('that cannot even be refused ends with its connection', async () => {
    const fail = () => {
      throw new Error('a second mistake');
    };
    const { router } = made({ fail });
    const connection = new Connection();
    const closed = new Promise<void>((resolve) => connection.once('close', resolve));
    void send(router, { method: 'POST', path: '/fails', headers: {}, body: null }, connection);
    await closed;
  });
});

describe('a path', () => {
  test.each([
    ['GET', '/things/a', 200],
    ['GET', '/%74hings/a', 200],
    ['GET', '/things/a?x=1#y', 200],
    ['GET', '/things/a%2fb', 200],
    ['GET', 'http://localhost/things/a', 200],
    ['GET', `/things/${'a'.repeat(512)}`, 200],
    ['GET', `/things/${'a'.repeat(513)}`, 400],
    ['GET', '/things/%zz', 400],
    ['PATCH', '/things/%zz', 400],
    ['GET', '/things/a/', 404],
    ['GET', '//things/a', 404],
    ['GET', '/Things/a', 404],
    ['GET', '/once;x=1', 404],
    ['OPTIONS', '*', 404],
    ['POST', '/things/a', 405],
    ['HEAD', '/once', 405],
  ])('%s %s gets %i', async (method, path, status) => {
    expect((await made().ask(method, path)).status).toBe(status);
  });

  test('that does not take the method names those that it takes', async () => {
    const { headers, text } = await made().ask('DELETE', '/things/a?x=1');
    expect(headers.allow).toBe('PUT, GET, HEAD');
    expect(JSON.parse(text).detail).toBe('/things/a does not take DELETE: use PUT, GET, HEAD');
  });

  test('that no route takes is refused whatever the body is', async () => {
    expect((await made().ask('POST', '/nowhere', { headers: json, body: '{' })).status).toBe(404);
  });
});

describe('a body', () => {
  const put = (body: string | null, headers: Sent['headers'] = json) =>
    made().ask('PUT', '/things/a', { headers, body });

  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json ; a=b',
    'application/vnd.x+json',
  ])('is read when it comes as %s', async (type) => {
    expect(JSON.parse((await put('{"value":7}', { 'content-type': type })).text).body).toEqual({ value: 7 });
  });

  test.each(['text/plain', 'application/jsonx', 'json', '', 'application / json'])(
    'is refused when it comes as %j',
    async (type) => {
      expect((await put('{"value":7}', { 'content-type': type })).status).toBe(415);
    },
  );

  test('of nothing is none, announced as JSON or not', async () => {
    for (const headers of [json, {}])
      for (const body of [null, '']) expect(JSON.parse((await put(body, headers)).text).body).toBeUndefined();
  });

  test('without a type is refused', async () => {
    expect((await put('{"value":7}', {})).status).toBe(415);
    expect((await put(null, { 'transfer-encoding': 'chunked' })).status).toBe(415);
  });

  test('that is too large, or no JSON, is the last on its connection', async () => {
    const large = await put(JSON.stringify('x'.repeat(19)));
    expect([large.status, large.headers.connection]).toEqual([413, 'close']);
    const broken = await put('{"value":7');
    expect([broken.status, broken.headers.connection]).toEqual([400, 'close']);
  });

  test('is too large as soon as too much has come, whatever was announced', async () => {
    const { router } = made();
    const response = await new Promise((resolve) => {
      const parts = (event: string, call: (part: Buffer) => void): void => {
        if (event === 'data') for (const part of ['"0123456789', '0123456789']) call(Buffer.from(part));
      };
      const unsized = { method: 'PUT', url: '/things/a', headers: json, on: parts };
      const nothing = () => undefined;
      const raw = { writeHead: (status: number) => resolve(status), write: nothing, end: nothing };
      router.handle(unsized as never, raw as never);
    });
    expect(response).toBe(413);
  });
});

describe('a response', () => {
  test('to HEAD has the headers of the one to GET, and no body', async () => {
    const { ask } = made();
    const [get, head] = [await ask('GET', '/things/a'), await ask('HEAD', '/things/a')];
    expect(head).toEqual({ ...get, text: '' });
    expect(head.headers['content-length']).toBe(String(get.text.length));
  });

  test('keeps the last value of each header, and takes no value for a name', async () => {
    const { router } = made();
    const seen: boolean[] = [];
    const handle = (_request: Request, response: Parameters<Route['handle']>[1]): void => {
      response.header('x-request-id', 'cache-control').header('a', '1').headers({ a: '2', b: 'ü' });
      seen.push(response.hasHeader('cache-control'), response.hasHeader('b'));
      response.send('text/plain; charset=utf-8', 'ü');
    };
    router.route({ method: 'GET', path: '/headers', operation: null, handle });
    const { headers } = await send(router, { method: 'GET', path: '/headers', headers: {}, body: null });
    expect(seen).toEqual([false, true]);
    expect(headers).toMatchObject({ 'x-request-id': 'cache-control', a: '2', b: 'ü', 'content-length': '2' });
  });

  test('that says nothing has changed has no length', async () => {
    const { router } = made();
    const handle: Route['handle'] = (_request, response) => {
      response.status = 304;
      response.empty();
    };
    router.route({ method: 'GET', path: '/same', operation: null, handle });
    const response = await send(router, { method: 'GET', path: '/same', headers: {}, body: null });
    expect(response).toEqual({ status: 304, headers: { sealed: 'yes' }, text: '' });
  });
});
