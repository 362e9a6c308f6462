import { expect, it } from 'vitest';
import { Random } from '../sim/random.ts';
import { type Call, server } from './standing-server.ts';

/**
 * Two servers that were told the same, but for what messages say that are not for one member, to whom they are, who sent them and
 * what they answer: every answer that this member gets, and everybody who is not a member, has the same bytes. [Q9.11]
 */

const seed = process.env.TAINT_SEED === undefined ? Date.now() % 1e9 : Number(process.env.TAINT_SEED);
const again = `TAINT_SEED=${seed} npx vitest run test/model/taint-messages.test.ts`;
const pairs = 8;
const hidden = ['bob', 'cyd', 'dan'];
const path = '/v1/groups/team';
const joinKey = 'the-join-key-of-team';
const bodies = ['x', 'y'.repeat(3000), { a: [1, 2] }, null, 7];

const reads = (offset: number): string[] => [
  ...['stream', 'messages'].flatMap((what) =>
    ['', '?limit=1', `?after=${offset - 1}`, `?after=${offset}&wait=1ms`, '?after=1&limit=2'].map(
      (query) => `${path}/${what}${query}`,
    ),
  ),
  ...['', '/explain', '?wait=1ms'].map((query) => `${path}/messages/${offset}${query}`),
  ...['', '/view', '/agents', '/agents/bob/cursor', '/rounds/latest', '/rounds'].map((what) => path + what),
  ...['/v1/groups', '/metrics', '/v1/info', '/readyz', '/healthz'],
];

/** One message in two histories: by whom, to whom, what, in answer to which. None is for ann. */
function twice(random: Random, before: number | null): readonly [from: string, payload: object][] {
  const ackBy = random.pick([undefined, undefined, 1]);
  return [1, 2].map(() => {
    const from = random.pick(hidden);
    const to = random.pick([[random.pick(hidden)], hidden, [from]]);
    const replyTo = random.chance(0.4) && before !== null ? { replyTo: before } : {};
    return [from, { body: random.pick(bodies), to, ...replyTo, ...(ackBy === undefined ? {} : { ackBy }) }];
  });
}

it('a message tells those for whom it is not that there is one, and nothing else, on every path [Q9.11]', async () => {
  let compared = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    const random = new Random(seed + pair);
    const sides = [await server(), await server()] as const;
    const each = (calls: readonly Call[]): Promise<string[]> =>
      Promise.all(sides.map((side, i) => side.ask((calls[i] ?? calls[0]) as Call)));
    const same = async (call: Call): Promise<string> => {
      const [one = '', two = ''] = await each([call]);
      const at = [...one].findIndex((char, i) => char !== two[i]);
      expect(one.slice(Math.max(0, at - 90), at + 90), `${again}, pair ${pair}: ${call.url}`).toBe(
        two.slice(Math.max(0, at - 90), at + 90),
      );
      compared += 1;
      return one;
    };
    const keyed = random.chance(0.5)
      ? { admission: 'key', joinKey, observerKey: 'the-observer-key-of-team' }
      : {};
    await each([{ method: 'PUT', url: path, payload: { rule: { electorate: { size: 3 } }, ...keyed } }]);
    const tokens = new Map<string, object>();
    for (const agent of ['ann', ...hidden]) {
      const payload = { instance: `instance-of-${agent}`, ttl: '1h' };
      const headers = 'joinKey' in keyed ? { authorization: `Bearer ${joinKey}` } : {};
      const joined = await same({ method: 'PUT', url: `${path}/agents/${agent}`, payload, headers });
      const token = /"token":"([^"]+)"/.exec(joined)?.[1] ?? expect.fail(joined);
      tokens.set(agent, { authorization: `Bearer ${token}` });
    }
    const ann = tokens.get('ann') as object;
    const events = { accept: 'text/event-stream', ...ann };
    const streams = [`${path}/stream`, `${path}/messages`, '/v1/events?groups=team'].map((url) =>
      each([{ method: 'GET', url, headers: events }]),
    );
    let before: number | null = null;
    for (let nth = 0; nth < 4; nth += 1) {
      const sent = twice(random, before).map(([from, payload]): Call => {
        const headers = { ...tokens.get(from), 'idempotency-key': `key-${nth}` };
        return { method: 'POST', url: `${path}/messages`, payload, headers };
      });
      const [answer = ''] = await each(sent);
      const offset = Number(/"offset":(\d+)/.exec(answer)?.[1] ?? expect.fail(answer));
      for (const url of reads(offset))
        for (const headers of [ann, {}, { authorization: 'Bearer nobody-has-this-token-here' }])
          await same({ method: 'GET', url, headers });
      const say = (payload: object, more: object = {}): Promise<string> =>
        same({ method: 'POST', url: `${path}/messages`, payload, headers: { ...ann, ...more } });
      expect(await say({ body: 'what?', replyTo: offset })).toContain(' 404 ');
      expect(await say({ body: 'x', to: hidden }, { 'idempotency-key': `key-${nth}` })).toContain(' 201 ');
      const open = await say({ body: 'who is there?', ackBy: 'all' });
      before = Number(/"offset":(\d+)/.exec(open)?.[1]);
      await same({ method: 'PUT', url: `${path}/agents/ann/cursor`, payload: { offset }, headers: ann });
    }
    await Promise.all(sides.map(({ stop }) => stop()));
    for (const both of streams) {
      const [one, two] = await both;
      expect(one).toMatch(/event: withheld|"withheld":true/);
      expect(two, again).toBe(one);
    }
  }
  expect(compared).toBeGreaterThan(pairs * 4 * 60);
});

it('messages of one entry share its index, and pages of one between them lose none [Q9.1] [Q9.7]', async () => {
  const { ask, stop } = await server();
  await ask({ method: 'PUT', url: path, payload: {} });
  const tokens: object[] = [];
  for (const agent of ['ann', ...hidden]) {
    const joined = await ask({ method: 'PUT', url: `${path}/agents/${agent}`, payload: { ttl: '1h' } });
    tokens.push({ authorization: `Bearer ${/"token":"([^"]+)"/.exec(joined)?.[1]}` });
  }
  const answers = await Promise.all(
    tokens.map((headers, i) =>
      ask({ method: 'POST', url: `${path}/messages`, payload: { body: i }, headers }),
    ),
  );
  const numbers = (name: string) =>
    answers.map((text) => Number(new RegExp(`"${name}":(\\d+)`).exec(text)?.[1]));
  const offsets = numbers('offset').sort((a, b) => a - b);
  expect(new Set(numbers('index')).size).toBeLessThan(4);
  const read: number[] = [];
  for (let after = (offsets[0] as number) - 1; ; ) {
    const page = await ask({ method: 'GET', url: `${path}/stream?after=${after}&limit=1` });
    const offset = /"offset":(\d+)/.exec(page)?.[1];
    if (offset === undefined) break;
    read.push(Number(offset));
    after = Number(offset);
  }
  expect(read).toEqual(offsets);
  await stop();
});
