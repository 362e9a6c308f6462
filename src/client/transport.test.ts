import { describe, expect, test } from 'vitest';
import { QuorateError } from './errors.ts';
import { type Client, type ConnectOptions, connect } from './index.ts';
import type { Clock } from './time.ts';

/** A clock that jumps: a sleep takes no time and is written down. */
class JumpingClock implements Clock {
  readonly slept: number[] = [];
  private time = 0;
  now = () => this.time;
  // A sleep with a signal is the guard of an attempt, which here always answers in time.
  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (signal !== undefined) return new Promise(() => {});
    this.slept.push(ms);
    this.time += ms;
    return Promise.resolve();
  };
}

type Answer = Response | Error;

interface Bench {
  readonly client: Client;
  readonly clock: JumpingClock;
  readonly asked: string[];
  readonly bodies: string[];
}

/** A client whose requests get these answers in turn, the last one for ever. */
function bench(
  answers: readonly (() => Answer)[],
  { onRequest, ...options }: ConnectOptions & { onRequest?: (request: Request) => void } = {},
): Bench {
  const clock = new JumpingClock();
  const asked: string[] = [];
  const bodies: string[] = [];
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    asked.push(`${init?.method} ${input}`);
    bodies.push(String(init?.body));
    onRequest?.(new Request(String(input), init));
    const answer = answers[Math.min(asked.length, answers.length) - 1]?.();
    if (answer instanceof Response) return answer;
    throw answer;
  };
  const base = { url: 'http://a', fetch: fetch as typeof globalThis.fetch, clock, random: () => 0.5 };
  return { client: connect({ ...base, ...options }), clock, asked, bodies };
}

const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const waiting = { group: 'g', round: 3, state: 'WAITING', revision: 4 };
const closed = { group: 'g', round: 3, state: 'SUCCESS', value: 7, revision: 5 };
const lost = () => new TypeError('fetch failed');
const problem = (code: string, status: number, outcome: string, more = {}, headers = {}) =>
  json(
    { type: 'about:blank', code, status, title: code, detail: 'd', fix: 'f', outcome, ...more },
    status,
    headers,
  );

async function rejection(promise: Promise<unknown>): Promise<QuorateError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(QuorateError);
  return error as QuorateError;
}

describe('retries', () => {
  test.each([
    ['a network error', lost],
    ['408, of a server that stood still', () => problem('request-timeout', 408, 'not-executed')],
    ['429', () => problem('rate-limited', 429, 'not-executed')],
    ['502 from a proxy', () => new Response('<html>', { status: 502 })],
    ['503', () => problem('overloaded', 503, 'not-executed')],
    ['504', () => new Response('', { status: 504 })],
  ])('%s: the same PUT again', async (_, failure) => {
    const { client, asked, bodies } = bench([failure, failure, () => json(closed)]);
    expect(await client.group('g').propose({ agent: 'ann', round: 3, value: { x: 1 } })).toEqual(closed);
    expect(new Set(asked)).toEqual(new Set(['PUT http://a/v1/groups/g/rounds/3/proposals/ann']));
    expect(bodies).toEqual(Array(3).fill('{"value":{"x":1}}'));
  });

  test.each([400, 404, 409, 500])('status %i is an answer: asked once', async (status) => {
    const { client, asked } = bench([() => problem('some-code', status, 'not-executed')]);
    const error = await rejection(client.group('g').show());
    expect(error).toMatchObject({
      code: 'some-code',
      status,
      detail: 'd',
      fix: 'f',
      outcome: 'not-executed',
    });
    expect(asked).toHaveLength(1);
  });

  test('backoff doubles, with jitter, up to 5 s where servers have too much to do', async () => {
    const busy = () => problem('overloaded', 429, 'not-executed');
    const { client, clock } = bench([...Array(8).fill(busy), () => json(closed)]);
    await client.group('g').show();
    expect(clock.slept).toEqual([100, 200, 400, 800, 1600, 2500, 2500, 2500]);
  });

  test('where servers or their majority are away, it goes on within 2 s of when they are back', async () => {
    const away = () => problem('no-quorum', 503, 'not-executed', {}, { 'retry-after': '1' });
    for (const [reply, retryAfter] of [[lost, 0] as const, [away, 1000] as const]) {
      const { client, clock } = bench([...Array(8).fill(reply), () => json(closed)]);
      await client.group('g').show();
      const jittered = [100, 200, 400, 500, 500, 500, 500, 500];
      expect(clock.slept).toEqual(jittered.map((ms) => ms + retryAfter));
    }
  });

  test('never before Retry-After', async () => {
    const busy = () => problem('overloaded', 503, 'not-executed', {}, { 'retry-after': '7' });
    const { client, clock } = bench([busy, () => json(closed)]);
    await client.group('g').show();
    expect(clock.slept).toEqual([7100]);
  });

  test('gives up after retryFor with the last reason', async () => {
    const { client, clock } = bench([lost], { retryFor: '2s' });
    const error = await rejection(client.group('g').show());
    expect(error).toMatchObject({ code: 'unreachable', status: 0, outcome: 'unknown' });
    expect(clock.now()).toBeLessThanOrEqual(2000);
  });

  test('with no time for retries at all, a server that answers is heard', async () => {
    const { client, asked } = bench([() => json(closed)], { retryFor: 0 });
    expect(await client.group('g').show()).toMatchObject({ round: 3 });
    const gone = bench([lost], { retryFor: 0 });
    expect(await rejection(gone.client.group('g').show())).toMatchObject({ code: 'unreachable' });
    expect([asked.length, gone.asked.length]).toEqual([1, 1]);
  });

  test('after a lost reply, the refusal that ends the retries leaves the outcome unknown', async () => {
    const { client } = bench([lost, () => problem('overloaded', 503, 'not-executed')], { retryFor: '1s' });
    expect(await rejection(client.group('g').show())).toMatchObject({
      code: 'overloaded',
      outcome: 'unknown',
    });
  });

  test('a deadline ends them earlier, as code deadline', async () => {
    const { client, clock } = bench([lost]);
    expect(await rejection(client.group('g').show({ deadline: '300ms' }))).toMatchObject({
      code: 'deadline',
    });
    expect(clock.now()).toBeLessThanOrEqual(300);
  });

  test('an abort is the caller’s own reason, also in the middle of backing off', async () => {
    const control = new AbortController();
    const reason = new Error('enough');
    const { client } = bench([lost], { onRetry: () => control.abort(reason) });
    await expect(client.group('g').show({ signal: control.signal })).rejects.toBe(reason);
  });

  test('a delete whose reply was lost is done when the group is gone', async () => {
    const gone = () => problem('group-not-found', 404, 'not-executed');
    await bench([lost, gone]).client.group('g').delete();
    expect(await rejection(bench([gone]).client.group('g').delete())).toMatchObject({
      code: 'group-not-found',
    });
  });
});

describe('several servers', () => {
  const urls = ['http://a', 'http://b/'];
  const origins = (asked: readonly string[]) => asked.map((line) => line.split('/v1')[0]?.split(' ')[1]);

  test('the next is asked at once, and stays the first asked', async () => {
    const { client, asked, clock } = bench([lost, () => json(closed)], { urls });
    await client.group('g').show();
    await client.group('g').show();
    expect(origins(asked)).toEqual(['http://a', 'http://b', 'http://b']);
    expect(clock.slept).toEqual([]);
  });

  test('backs off after each has failed', async () => {
    const { client, asked, clock } = bench([lost, lost, lost, () => json(closed)], { urls });
    await client.group('g').show();
    expect(origins(asked)).toEqual(['http://a', 'http://b', 'http://a', 'http://b']);
    expect(clock.slept).toEqual([100]);
  });

  test('429 is meant for us, whatever the server: wait, do not move', async () => {
    const limited = () => problem('rate-limited', 429, 'not-executed', {}, { 'retry-after': '1' });
    const { client, asked, clock } = bench([limited, () => json(closed)], { urls });
    await client.group('g').show();
    expect(origins(asked)).toEqual(['http://a', 'http://a']);
    expect(clock.slept).toEqual([1100]);
  });
});

describe('propose', () => {
  test('without a round it reads the open one and names it', async () => {
    const { client, asked } = bench([() => json(waiting), lost, () => json(closed)]);
    await client.group('g').propose({ agent: 'ann', value: 7, wait: '30s' });
    expect(asked[0]).toBe('GET http://a/v1/groups/g/rounds/open');
    expect(asked.slice(1).every((line) => line.includes('/rounds/3/proposals/ann?wait='))).toBe(true);
  });

  test('a wait that outlasts the server’s goes on as a read of the same round', async () => {
    const { client, asked } = bench([() => json(waiting, 201), () => json(closed)]);
    const round = await client.group('g').propose({ agent: 'ann', round: 3, value: 7, wait: '5m' });
    expect(round.state).toBe('SUCCESS');
    expect(asked[1]).toMatch(/^GET http:\/\/a\/v1\/groups\/g\/rounds\/3\?after=4&wait=30000ms$/);
  });

  test.each([[Number.NaN], [{ deep: [Number.POSITIVE_INFINITY] }], [undefined], [10n]])(
    'a value that JSON would change is refused before it is sent: %s',
    async (value) => {
      const { client, asked } = bench([() => json(closed)]);
      const sent = client.group('g').propose({ agent: 'ann', round: 3, value: value as never });
      expect(await rejection(sent)).toMatchObject({ code: 'not-json', outcome: 'not-executed' });
      expect(asked).toEqual([]);
    },
  );

  test('a refusal carries the round as it stands', async () => {
    const { client } = bench([() => problem('round-closed', 409, 'not-executed', { round: closed })]);
    const error = await rejection(client.group('g').propose({ agent: 'ann', round: 3, value: 7 }));
    expect(error.round).toEqual(closed);
  });
});

describe('session', () => {
  const at = (session: string) => () => json(closed, 200, { 'quorate-session': session });

  test('what was seen is sent back to whichever server answers next, and only ever grows', async () => {
    const sent: (string | null)[] = [];
    const answers = [at('log-a.7'), at('log-a.5'), at('log-a.9'), at('log-b.1'), at('log-b.1')];
    const { client } = bench(answers, {
      onRequest: ({ headers }) => sent.push(headers.get('quorate-session')),
    });
    for (let i = 0; i < 5; i += 1) await client.group('g').show();
    expect(sent).toEqual([null, 'log-a.7', 'log-a.7', 'log-a.9', 'log-b.1']);
  });

  test('a server with another log is reported once, and then read as it is', async () => {
    const sent: (string | null)[] = [];
    const other = () => problem('history-changed', 409, 'not-executed');
    const { client } = bench([at('log-a.7'), other, at('log-b.1')], {
      onRequest: ({ headers }) => sent.push(headers.get('quorate-session')),
    });
    await client.group('g').show();
    expect(await rejection(client.group('g').show())).toMatchObject({ code: 'history-changed' });
    await client.group('g').show();
    expect(sent).toEqual([null, 'log-a.7', null]);
  });

  test('an agent speaks with its own token, and shares what was seen', async () => {
    const sent: string[] = [];
    const joined = () =>
      json({ agent: 'ann', token: 'anns', ttl: 30_000 }, 201, { 'quorate-session': 'a.3' });
    const { client } = bench([joined, at('a.4'), at('a.4'), at('a.4')], {
      onRequest: ({ method, headers }) =>
        sent.push(`${method} ${headers.get('authorization')} ${headers.get('quorate-session')}`),
    });
    const ann = await client.group('g').join('ann', { key: 'the-key' });
    await ann.propose({ round: 3, value: 7 });
    await client.group('g').show();
    await ann.leave();
    expect(sent).toEqual([
      'PUT Bearer the-key null',
      'PUT Bearer anns a.3',
      'GET null a.4',
      'DELETE Bearer anns a.4',
    ]);
  });
});

test('an address that is none is refused by connect', () => {
  expect(() => connect({ url: 'ftp://a' })).toThrow(TypeError);
  expect(() => connect({ url: 'nowhere' })).toThrow(TypeError);
  expect(() => connect({})).toThrow(/address of a server/);
});
