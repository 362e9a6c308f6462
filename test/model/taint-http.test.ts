import { expect, it } from 'vitest';
import { Random } from '../sim/random.ts';
import { type Call, server } from './standing-server.ts';

/**
 * The taint test of ./taint.ts once more over the whole HTTP interface, headers and metrics included: two servers, told
 * the same but for the values and notes of others, answer one caller with the same bytes until the round closes.
 */

const seed = process.env.TAINT_SEED === undefined ? Date.now() % 1e9 : Number(process.env.TAINT_SEED);
const pairs = 12;

const rules = [
  { electorate: { size: 5 }, equality: 'text' },
  {
    electorate: { agents: ['ann', 'bob', 'cyd', 'dan', 'eve'] },
    veto: ['bob'],
    reveal: 'never',
    revote: true,
  },
  { electorate: { live: { min: 2, max: 9 } }, required: ['cyd'], deadline: '1h', onDeadline: 'decide' },
  {
    electorate: { agents: ['ann', 'bob', 'cyd', 'dan', 'eve'] },
    weights: { bob: 3 },
    floor: 2,
    lastCall: '1h',
  },
];
const hidden = ['bob', 'cyd', 'dan'];
const values = ['a b', ' A  B', 'veto', false, 7, null];
const notes = [undefined, 'why', 'y'.repeat(2000)];
const reads = [
  '/v1/groups',
  '/v1/groups/default',
  '/v1/groups/default/agents',
  '/v1/groups/default/rounds',
  '/v1/groups/default/rounds/1',
  '/v1/groups/default/rounds/1/proposals?limit=2',
  '/v1/groups/default/rounds/open',
  '/v1/groups/default/rounds/latest?wait=1ms',
  '/v1/groups/default/rounds/2',
  '/state/bob',
  '/state/ann',
  '/healthz',
  '/readyz',
  '/v1/info',
  '/v1/cluster',
  '/metrics',
];

function proposal(
  agent: string,
  value: unknown,
  seq: number,
  note?: string,
): Pick<Call, 'url' | 'method' | 'payload'> {
  const said = { ...(value === null ? { abstain: true } : { value }), note };
  return {
    method: 'PUT',
    url: `/v1/groups/default/rounds/1/proposals/${agent}`,
    payload: { ...said, seq },
  };
}

it('answers over HTTP tell nothing of what is hidden in a blind round [Q4.25] [Q4.42] [Q5.3]', async () => {
  let compared = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const random = new Random(seed + pair);
    const [one, other] = [await server(), await server()];
    const both = async (call: Call): Promise<void> => {
      const [mine, theirs] = [await one.ask(call), await other.ask(call)];
      const at = [...mine].findIndex((char, i) => char !== theirs[i]);
      const near = [mine, theirs].map((text) => text.slice(Math.max(0, at - 90), at + 90));
      expect(near[0], `TAINT_SEED=${seed}, pair ${pair}`).toBe(near[1]);
      compared += 1;
    };
    await both({ method: 'PUT', url: '/v1/groups/default', payload: { rule: random.pick(rules) } });
    const tokens = new Map<string, object>();
    for (const agent of ['ann', ...hidden]) {
      const url = `/v1/groups/default/agents/${agent}`;
      const call = { method: 'PUT', url, payload: { instance: `instance-${agent}`, ttl: '1h' } } as const;
      const text = await one.ask(call);
      expect(await other.ask(call)).toBe(text);
      tokens.set(agent, { authorization: `Bearer ${/"token":"([^"]+)"/.exec(text)?.[1]}` });
    }
    // Ann speaks last, if at all: the round stays open.
    for (const [i, agent] of hidden.entries()) {
      const headers = { ...tokens.get(agent), 'idempotency-key': `key-${agent}` };
      await one.ask({ ...proposal(agent, random.pick(values), i + 1), headers });
      await other.ask({ ...proposal(agent, random.pick(values), i + 1, random.pick(notes)), headers });
      for (const url of reads) {
        await both({ method: 'GET', url });
        await both({
          method: 'GET',
          url,
          headers: { ...tokens.get('ann'), accept: 'text/csv', 'if-none-match': '"7"' },
        });
      }
      const guess = proposal(agent, random.pick(values), 9, random.pick(notes));
      await both({ ...guess, headers: tokens.get('ann') ?? {} });
      await both({ ...guess, headers: { 'idempotency-key': `key-${agent}` } });
      await both({
        ...guess,
        method: 'POST',
        url: '/v1/groups/default/proposals',
        payload: { agent, value: 7 },
      });
      await both({
        method: 'POST',
        url: '/number',
        payload: { number: 7 },
        headers: { 'x-agent-id': agent },
      });
    }
    await one.stop();
    await other.stop();
  }
  expect(compared).toBeGreaterThan(pairs * 90);
});

/** What bob sends in each of two histories that nobody else may tell apart. */
const pairsOfBob: readonly (readonly [string, object, object])[] = [
  ['a note, or none', { value: 7, note: 'n' }, { value: 7 }],
  ['a short note, or the longest', { value: 7, note: 'n' }, { value: 7, note: 'y'.repeat(2000) }],
  ['a value, or an abstention', { value: 7 }, { abstain: true }],
  ['an abstention with a note, or a value without', { abstain: true, note: 'why' }, { value: 'x' }],
];

it.each(pairsOfBob)(
  'every path shows the same bytes until the close: %s [Q4.25] [Q4.42]',
  async (_, mine, other) => {
    const servers = [await server(), await server()];
    const all = (call: Call): Promise<string[]> => Promise.all(servers.map(({ ask }) => ask(call)));
    const same = async (call: Call): Promise<string> => {
      const [one = '', two] = await all(call);
      expect(two, call.url).toBe(one);
      return one;
    };
    const rule = { electorate: { agents: ['ann', 'bob', 'cyd'] }, floor: 2, lastCall: '1h', next: 'manual' };
    await same({ method: 'PUT', url: '/v1/groups/default', payload: { rule } });
    const join = {
      method: 'PUT',
      url: '/v1/groups/default/agents/bob',
      payload: { instance: 'instance-of-bob' },
    };
    const joined = await same(join as Call);
    const bob = { authorization: `Bearer ${/"token":"([^"]+)"/.exec(joined)?.[1]}` };
    const streams = servers.map(({ ask }) => ask({ method: 'GET', url: '/v1/groups/default/events' }));
    const sent = { ...proposal('bob', 7, 1), headers: { ...bob, 'idempotency-key': 'k' } };
    for (const [i, payload] of [mine, other].entries()) await servers[i]?.ask({ ...sent, payload });
    const retry = proposal('bob', 7, 2, 'another');
    for (const headers of [{}, { accept: 'text/csv' }, { 'if-none-match': '"4"' }])
      for (const url of [...reads, '/v1/groups/default/events/x', '/v1/groups/default/rounds/1/explain'])
        await same({ method: 'GET', url, headers });
    for (const headers of [{}, { 'idempotency-key': 'k' }]) await same({ ...retry, headers });
    await all({ ...proposal('ann', 7, 1) });
    await Promise.all(servers.map(({ stop }) => stop()));
    const [one, two] = await Promise.all(streams);
    expect(one).toContain('"type":"proposed"');
    expect(two, 'events').toBe(one);
  },
);
