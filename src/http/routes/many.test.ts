import { afterEach, describe, expect, test } from 'vitest';
import { badValues } from '../../../test/conformance/http/refused.ts';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import { Connection, type Response, send } from '../../../test/harness/in-memory.ts';
import type { ProblemJson, RoundJson } from '../../core/view/json-types.ts';
import { memoryLog } from '../../log/memory.ts';

let app: RunningApp;
afterEach(() => app.stop());

interface SettledLine {
  readonly line: number;
  readonly status: number;
  readonly round?: RoundJson;
  readonly problem?: ProblemJson;
}

type Part = string | object | Uint8Array;

/** Sends these lines: objects as JSON, texts and bytes as they stand. */
function post(lines: readonly Part[], query = '', more: { headers?: object; connection?: Connection } = {}) {
  const parts = lines.map((line) =>
    typeof line === 'string' || line instanceof Uint8Array
      ? Buffer.from(line as string)
      : Buffer.from(JSON.stringify(line)),
  );
  const body = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
  const headers = { 'content-type': 'application/x-ndjson', ...more.headers };
  const path = `/v1/proposals${query}`;
  return send(app.app.router, { method: 'POST', path, headers, body }, more.connection);
}

const read = ({ text }: Response): readonly SettledLine[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as SettledLine);

/** `2 201 WAITING`, `3 409 round-closed`: what each line was answered, in order of the lines. */
const told = (response: Response): string[] =>
  read(response)
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, status, round, problem }) => `${line} ${status} ${problem?.code ?? round?.state}`);

async function group(name: string, rule: object = {}): Promise<void> {
  const reply = await app.ask('PUT', `/v1/groups/${name}`, {
    rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous', ...rule },
  });
  expect(reply.status, reply.story).toBe(201);
}

const vote = (agent: string, value: unknown, round = 1, name = 'g') => ({ group: name, round, agent, value });

describe('many proposals at once [Q6.13]', () => {
  test('are taken in the order of their lines, and each is answered by a line of its own', async () => {
    app = await startApp();
    await group('g');
    const response = await post([vote('a', 1), '', vote('b', 1), ' \t', vote('c', 2), vote('c', 2)]);
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = read(response);
    expect(lines.map(({ line, status }) => [line, status])).toEqual([
      ...[1, 3, 5].map((line) => [line, 201]),
      [6, 200],
    ]);
    expect(lines.at(-1)?.round).toMatchObject({
      group: 'g',
      round: 1,
      state: 'SUCCESS',
      value: 1,
      present: 3,
    });
  });

  test('need few entries of the log', async () => {
    app = await startApp();
    await group('g', { electorate: { size: 1000 } });
    const { index } = app.replica.state;
    const lines = Array.from({ length: 400 }, (_, i) => vote(`a${i}`, 1));
    expect(new Set(told(await post(lines)).map((text) => text.slice(-11)))).toEqual(new Set(['201 WAITING']));
    expect(app.replica.state.index - index).toBeLessThan(100);
  });

  test('with a wait are answered when their rounds close, or the wait is over [Q6.1]', async () => {
    app = await startApp();
    await group('g');
    await group('h');
    const lines = [vote('a', 1), vote('a', 1, 1, 'h'), vote('b', 1), vote('c', 1)];
    const response = await post(lines, '?wait=1s');
    expect(told(response)).toEqual(['1 201 SUCCESS', '2 201 WAITING', '3 201 SUCCESS', '4 201 SUCCESS']);
    // In order of settling.
    expect(read(response).at(-1)?.line).toBe(2);
    const waiting = post([vote('b', 1, 1, 'h')], '', { headers: { prefer: 'wait=30' } });
    await expect.poll(() => app.replica.waiters.size).toBe(1);
    await app.ask('PUT', '/v1/groups/h/rounds/1/proposals/c', { value: 1 });
    const late = await waiting;
    expect(told(late)).toEqual(['1 201 SUCCESS']);
    expect(late.headers['preference-applied']).toBe('wait=30');
    expect(app.replica.waiters.size).toBe(0);
  });

  test('sent again get the same answers, and count once', async () => {
    app = await startApp();
    await group('g');
    const lines = ['nonsense', vote('a', 1), vote('b', 2), vote('c', 3), vote('d', 3), vote('a', 1, 7)];
    const first = await post(lines, '?wait=1s');
    const again = await post(lines, '?wait=1s');
    const plain = (response: Response): object[] =>
      read(response)
        .toSorted((a, b) => a.line - b.line)
        .map(({ line, round, problem }) => ({ line, round, problem }));
    const same = (response: Response): unknown =>
      JSON.parse(JSON.stringify(plain(response)).replaceAll(/"index":\d+/g, '"index":0'));
    expect(told(first)).toEqual([
      '1 400 invalid-json',
      ...['2 201 FAILED', '3 201 FAILED', '4 201 FAILED', '5 409 round-closed', '6 409 round-not-open'],
    ]);
    expect(told(again).slice(1, 4)).toEqual(['2 200 FAILED', '3 200 FAILED', '4 200 FAILED']);
    expect(same(again)).toEqual(same(first));
  });

  test('carry a token, a key and a seq as a proposal alone does [Q5.3] [Q3.6] [Q4.24]', async () => {
    app = await startApp();
    await group('g', { revote: true });
    const token = async (agent: string): Promise<string> =>
      (await app.ask('PUT', `/v1/groups/g/agents/${agent}`, {})).as<{ token: string }>().token;
    const [ann, bob] = [await token('ann'), await token('bob')];
    const authorization = `Bearer ${bob}`;
    const lines = [
      vote('ann', 1),
      { ...vote('ann', 1), token: bob },
      { ...vote('ann', 1), token: ann, idempotencyKey: 'first' },
      { ...vote('ann', 2), token: ann, seq: 1 },
      { ...vote('ann', 1), token: ann, idempotencyKey: 'first' },
      { ...vote('ann', 3), token: ann, idempotencyKey: 'first' },
      { ...vote('ann', 3), token: ann },
    ];
    const codes = [
      'token-required',
      'token-wrong',
      'WAITING',
      'WAITING',
      'WAITING',
      'key-reused',
      'stale-seq',
    ];
    const statuses = [401, 403, 201, 200, 200, 422, 409];
    expect(told(await post(lines))).toEqual(codes.map((code, i) => `${i + 1} ${statuses[i]} ${code}`));
    // A line without a token of its own counts as the request's.
    const own = await post([vote('bob', 1), vote('ann', 1)], '', { headers: { authorization } });
    expect(told(own)).toEqual(['1 201 WAITING', '2 403 token-wrong']);
  });

  test('a token or key that cannot be one is a problem, and is not repeated in it', async () => {
    app = await startApp();
    await group('g');
    const odd = 'not a token';
    const response = await post([
      { ...vote('a', 1), token: odd },
      { ...vote('a', 1), token: 7 },
      { ...vote('a', 1), idempotencyKey: '' },
      { ...vote('a', 1), idempotencyKey: null },
    ]);
    expect(told(response)).toEqual([1, 2, 3, 4].map((n) => `${n} 400 invalid-request`));
    expect(response.text).not.toContain(odd);
  });

  test.each(badValues.filter(({ type }) => type === 'application/json'))(
    'a bad line spoils no other: $what',
    async ({ body, statuses, what }) => {
      app = await startApp();
      await group('g');
      const bad = body('value');
      const text = typeof bad === 'string' ? bad : Buffer.from(bad).toString('latin1');
      const named = Buffer.from(
        text.replace(/^\{/, '{"group":"g","round":1,"agent":"x",'),
        typeof bad === 'string' ? 'utf8' : 'latin1',
      );
      const response = await post([vote('a', 1), named, vote('b', 1)]);
      const lines = told(response);
      expect(lines.filter((line) => / 201 WAITING$/.test(line)).map((line) => line[0])).toEqual(['1', '3']);
      if (what === 'an empty body') return expect(lines.length).toBe(2);
      const problem = read(response).find(({ line }) => line === 2);
      expect(statuses, lines.join('\n')).toContain(problem?.status);
      expect(problem?.problem?.outcome).toBe('not-executed');
      expect(app.replica.state.groups.get('g')?.open?.proposals.size).toBe(2);
    },
  );

  test.each([
    [{ round: 1, agent: 'x', value: 1 }, 'invalid-name'],
    [{ group: 'g', agent: 'x', value: 1 }, 'invalid-request'],
    [{ group: 'g', round: 1, value: 1 }, 'invalid-name'],
    [{ group: 'G', round: 1, agent: 'x', value: 1 }, 'invalid-name'],
    [{ group: 'none', round: 1, agent: 'x', value: 1 }, 'group-not-found'],
    [{ group: 'g', round: '1', agent: 'x', value: 1 }, 'invalid-request'],
    [{ group: 'g', round: 0, agent: 'x', value: 1 }, 'invalid-request'],
    [{ group: 'g', round: 2, agent: 'x', value: 1 }, 'round-not-open'],
    [{ group: 'g', round: 1, agent: 'seat-1', value: 1 }, 'reserved-name'],
    [{ group: 'g', round: 1, agent: 'x', value: 1, wait: '1s' }, 'invalid-request'],
    [{ group: 'g', round: 1, agent: 'x', value: 1, seq: -1 }, 'invalid-request'],
    [{ group: 'g', round: 1, agent: 'x' }, 'invalid-value'],
  ])('%j is refused as %s', async (line, code) => {
    app = await startApp();
    await group('g');
    const [settled] = read(await post([line]));
    expect(settled?.problem?.code).toBe(code);
    expect(settled?.problem?.fix).not.toBe('');
  });

  test('a line that is over the limits is the last that is answered', async () => {
    app = await startApp();
    await group('g', { electorate: { size: 20_000 } });
    const lines = Array.from({ length: 10_003 }, (_, i) => vote(`a${i}`, 1));
    const answers = read(await post(lines));
    expect(answers.length).toBe(10_001);
    expect(answers.filter(({ status }) => status === 201).length).toBe(10_000);
    const last = answers.find(({ status }) => status !== 201);
    expect(last).toMatchObject({ line: 10_001, status: 413, problem: { code: 'too-large' } });
  });

  test.each([
    [{ 'content-type': 'application/json' }, 415, 'unsupported-media-type'],
    [{ 'content-length': String((4 << 20) + 1) }, 413, 'too-large'],
    [{ 'content-length': '0' }, 400, 'invalid-json'],
    [{ authorization: 'Basic x' }, 400, 'invalid-request'],
  ])('a request with %j is refused before anything is done', async (headers, status, code) => {
    app = await startApp();
    await group('g');
    const response = await post([vote('a', 1)], '', { headers });
    expect([response.status, JSON.parse(response.text).code]).toEqual([status, code]);
    expect(app.replica.state.groups.get('g')?.open?.proposals.size).toBe(0);
  });

  test('a body of blank lines is refused', async () => {
    app = await startApp();
    const response = await post(['', ' ', '']);
    expect([response.status, JSON.parse(response.text).code]).toEqual([400, 'invalid-json']);
  });

  test('a caller that hangs up frees its waits, and what it sent stays', async () => {
    app = await startApp();
    await group('g');
    const connection = new Connection();
    void post([vote('a', 1)], '?wait=30s', { connection });
    await expect.poll(() => app.replica.waiters.size).toBe(1);
    connection.close();
    await expect.poll(() => app.replica.waiters.size).toBe(0);
    expect(app.replica.state.groups.get('g')?.open?.proposals.size).toBe(1);
    expect(app.reported).toEqual([]);
  });

  test('are not read faster than the log takes them', async () => {
    const log = memoryLog();
    const append = log.append.bind(log);
    let gate: Promise<void> = Promise.resolve();
    log.append = (entry) => gate.then(() => append(entry));
    app = await startApp({ log });
    await group('g', { electorate: { size: 20_000 } });
    let open = (): void => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    // While this one is being appended, the lines wait.
    const first = app.replica.submit({ type: 'tick' }, () => undefined);
    await expect.poll(() => app.replica.commands.length).toBe(0);
    const lines = Array.from({ length: 5000 }, (_, i) => vote(`a${i}`, 1));
    const response = post(lines);
    await expect.poll(() => app.replica.commands.length).toBeGreaterThan(100);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(app.replica.commands.length).toBeLessThan(1000);
    open();
    await first;
    expect(read(await response).length).toBe(5000);
  });

  test('are counted one by one', async () => {
    app = await startApp();
    await group('g');
    await post([vote('a', 1), 'x', vote('b', 1)]);
    const metrics = (await app.ask('GET', '/metrics')).text;
    expect(metrics).toContain('quorate_proposals_total{result="accepted"} 2\n');
    expect(metrics).toContain('quorate_proposals_total{result="invalid-json"} 1\n');
    expect(metrics).toContain('route="/v1/proposals",status="200"} 1\n');
  });
});
