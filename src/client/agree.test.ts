import { expect, test } from 'vitest';
import { startApp } from '../../test/harness/app.ts';
import { abstain, connect } from './index.ts';

type Body = Record<string, unknown>;

/** A server as a list of expected requests with their answers; a request that is not next fails the test. */
function script(steps: readonly (readonly [request: string, status: number, body: Body])[]) {
  const left = [...steps];
  const bodies: unknown[] = [];
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const [request, status, body] = left.shift() ?? ['nothing more', 500, {}];
    const path = String(input).replace('http://a/v1/groups/g', '').replace(/\?.*/, '');
    expect(`${init?.method} ${path}`).toBe(request);
    if (init?.body !== undefined) bodies.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify(body), { status });
  };
  const group = connect({ url: 'http://a', fetch: fetch as typeof globalThis.fetch }).group('g');
  return { group, left, bodies };
}

const open = (round: number) => ({ round, state: 'WAITING', revision: round * 10 });
const failed = (round: number) => ({ round, state: 'FAILED', revision: round * 10 + 5 });
const success = (round: number, value = 7) => ({ round, state: 'SUCCESS', value, revision: round * 10 + 5 });
const refusal = (code: string, round?: Body) => ({
  code,
  title: code,
  detail: 'd',
  fix: 'f',
  outcome: 'not-executed',
  round,
});
const put = (round: number) => `PUT /rounds/${round}/proposals/ann`;
const latest = 'GET /rounds/latest';

test('goes from round to round, shows the strategy the last one, and ends with the decision', async () => {
  const { group, left, bodies } = script([
    [latest, 200, open(1)],
    [put(1), 201, failed(1)],
    [latest, 200, open(2)],
    [put(2), 201, success(2)],
  ]);
  const seen: unknown[] = [];
  const propose = (last: { round: number } | null, round: number) => {
    seen.push([last?.round ?? null, round]);
    return round * 100;
  };
  expect(await group.agree({ agent: 'ann', propose })).toMatchObject({ round: 2, value: 7 });
  expect(seen).toEqual([
    [null, 1],
    [1, 2],
  ]);
  expect(bodies).toEqual([{ value: 100 }, { value: 200 }]);
  expect(left).toEqual([]);
});

test.each(['round-full', 'already-proposed'])('%s: waits for the outcome of that round', async (code) => {
  const { group } = script([
    [latest, 200, open(1)],
    [put(1), 409, refusal(code, open(1))],
    ['GET /rounds/1', 200, success(1)],
  ]);
  expect(await group.agree({ agent: 'ann', propose: () => 1 })).toMatchObject({ state: 'SUCCESS' });
});

test('waits for the outcome of a round in which it was waived, and takes part in the next', async () => {
  const waived = (agent: string) => ({ ...open(1), waived: [{ agent, by: null, reason: 'away', time: '' }] });
  const { group, left } = script([
    [latest, 200, open(1)],
    [put(1), 403, refusal('not-eligible', waived('ann'))],
    ['GET /rounds/1', 200, failed(1)],
    [latest, 200, open(2)],
    [put(2), 201, success(2)],
  ]);
  expect(await group.agree({ agent: 'ann', propose: () => 1 })).toMatchObject({ round: 2 });
  expect(left).toEqual([]);
  const other = script([
    [latest, 200, open(1)],
    [put(1), 403, refusal('not-eligible', waived('bob'))],
  ]);
  const asked = other.group.agree({ agent: 'ann', propose: () => 1 });
  await expect(asked).rejects.toMatchObject({ code: 'not-eligible' });
});

test('a round the others closed first counts with its outcome', async () => {
  const { group } = script([
    [latest, 200, open(1)],
    [put(1), 409, refusal('round-closed', success(1, 3))],
  ]);
  expect(await group.agree({ agent: 'ann', propose: () => 1 })).toMatchObject({ value: 3 });
});

test('a success that fell between two of its rounds is not missed', async () => {
  const { group } = script([
    [latest, 200, open(1)],
    [put(1), 201, failed(1)],
    [latest, 200, open(3)],
    ['GET /rounds/2', 200, success(2)],
  ]);
  expect(await group.agree({ agent: 'ann', propose: () => 1 })).toMatchObject({ round: 2 });
});

test('comes late to a group that has decided: gets the decision', async () => {
  const { group } = script([
    [latest, 200, success(4)],
    ['GET ', 200, { status: 'decided', round: 4 }],
  ]);
  expect(await group.agree({ agent: 'ann', propose: () => 1 })).toMatchObject({ round: 4 });
});

test('ends with the last round when the rounds are used up', async () => {
  const { group } = script([
    [latest, 200, open(1)],
    [put(1), 201, failed(1)],
    [latest, 200, failed(1)],
    ['GET ', 200, { status: 'exhausted', round: 1 }],
  ]);
  expect(await group.agree({ agent: 'ann', propose: () => 1 })).toMatchObject({ state: 'FAILED', round: 1 });
});

test('where the next round must be asked for it says so, and does not wait', async () => {
  const { group } = script([
    [latest, 200, success(1)],
    ['GET ', 200, { status: 'idle', round: 1 }],
  ]);
  await expect(group.agree({ agent: 'ann', propose: () => 9 })).rejects.toMatchObject({
    code: 'no-open-round',
    fix: 'open it: quorate open g',
  });
});

test('instead of what the server cannot take it puts forward what it is told to', async () => {
  const { group, bodies } = script([
    [latest, 200, open(1)],
    [put(1), 422, refusal('not-a-number')],
    [put(1), 201, success(1)],
  ]);
  await group.agree({ agent: 'ann', propose: () => 'pizza', onUnusable: () => abstain });
  expect(bodies).toEqual([{ value: 'pizza' }, { abstain: true }]);
});

test.each(['note-too-long', 'version-not-active'])('%s: proposes without its note', async (code) => {
  const { group, bodies } = script([
    [latest, 200, open(1)],
    [put(1), 409, refusal(code)],
    [put(1), 201, success(1)],
  ]);
  await group.agree({ agent: 'ann', propose: () => 1, note: () => 'because' });
  expect(bodies).toEqual([{ value: 1, note: 'because' }, { value: 1 }]);
});

test.each(['not-eligible', 'token-required'])('%s is for good', async (code) => {
  const { group } = script([
    [latest, 200, open(1)],
    [put(1), 403, refusal(code)],
  ]);
  await expect(group.agree({ agent: 'ann', propose: () => 1 })).rejects.toMatchObject({ code });
});

test('a strategy may abstain', async () => {
  const { group, bodies } = script([
    [latest, 200, open(1)],
    [put(1), 201, success(1)],
  ]);
  await group.agree({ agent: 'ann', propose: () => abstain });
  expect(bodies).toEqual([{ abstain: true }]);
});

test('a strategy that takes too long is told so, and the deadline holds', async () => {
  const { group } = script([[latest, 200, open(1)]]);
  let told: AbortSignal | undefined;
  const propose = (_last: unknown, _round: number, signal: AbortSignal) => {
    told = signal;
    return new Promise<never>(() => {});
  };
  const agreed = group.agree({ agent: 'ann', propose, deadline: '1s' });
  await expect(agreed).rejects.toMatchObject({ code: 'deadline' });
  expect(told?.aborted).toBe(true);
});

test('what a strategy throws ends it', async () => {
  const { group } = script([[latest, 200, open(1)]]);
  const propose = () => Promise.reject(new Error('no idea'));
  await expect(group.agree({ agent: 'ann', propose })).rejects.toThrow('no idea');
});

test('with join it joins first and leaves at the end, also when it fails', async () => {
  const joining = ['PUT /agents/ann', 201, { agent: 'ann', token: 'anns', ttl: 30_000 }] as const;
  const leaving = ['DELETE /agents/ann', 200, {}] as const;
  const agreed = script([joining, [latest, 200, open(1)], [put(1), 201, success(1)], leaving]);
  const propose = () => 1;
  expect(await agreed.group.agree({ agent: 'ann', propose, join: true })).toMatchObject({ value: 7 });
  expect(agreed.left).toEqual([]);

  const refused = script([joining, [latest, 200, open(1)], [put(1), 403, refusal('not-eligible')], leaving]);
  await expect(refused.group.agree({ agent: 'ann', propose, join: true })).rejects.toMatchObject({
    code: 'not-eligible',
  });
  expect(refused.left).toEqual([]);
});

test('a lease that is lost ends what its member does', async () => {
  const { group } = script([
    ['PUT /agents/ann', 201, { agent: 'ann', token: 'anns', ttl: 90 }],
    [latest, 200, open(1)],
    ['POST /agents/ann/renew', 404, refusal('agent-not-found')],
  ]);
  const ann = await group.join('ann');
  const agreed = ann.agree({ propose: () => new Promise<never>(() => {}) });
  await expect(agreed).rejects.toMatchObject({ code: 'lease-lost' });
  expect((await ann.lost).code).toBe('lease-lost');
});

test('rounds that the server let go of before this agent came to them are passed over', async () => {
  const running = await startApp();
  try {
    const group = connect({ url: running.url }).group('g');
    const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' } as const;
    await group.create({ rule, retention: { rounds: 1 } });
    const seen: number[] = [];
    const propose = async (_last: unknown, round: number): Promise<string> => {
      if (round === 1) for (const past of [1, 2, 3]) await group.close(past);
      return 'pizza';
    };
    const onRound = ({ round }: { round: number }) => void seen.push(round);
    const ended = await group.agree({ agent: 'ann', propose, onRound, deadline: '20s' });
    expect(ended).toMatchObject({ state: 'SUCCESS', value: 'pizza', round: 4 });
    expect(seen).toEqual([4]);
  } finally {
    await running.stop();
  }
});
