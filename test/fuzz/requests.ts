import { badTexts, values } from './bad-values.ts';
import { bending } from './bending.ts';
import { claimRoutes } from './claim-requests.ts';
import { type Body, finished, type Query } from './draft.ts';
import type { Chance } from './random.ts';
import { headersFor, on, type Route, someAgent, someGroup, someRound, someWait } from './routes.ts';
import type { World, WorldRequest } from './world.ts';

/**
 * Requests for every route: made as a caller who knows the server would make them, then changed in none, one or several
 * places to what no caller should send.
 */

export function makeRequest(chance: Chance, world: World): WorldRequest {
  const draft = chance.pick(routes)(chance, world);
  const bends = chance.odds(0.3) ? 0 : 1 + chance.below(3);
  for (let i = 0; i < bends; i += 1) chance.pick(bending)(chance, draft);
  return finished(draft);
}

const someAck = [1, 2, 'majority', 'all', 0, -1, 1.5, 'some', 999_999, null];
const message = (chance: Chance): Body => ({
  body: chance.odds(0.7) ? chance.below(9) : chance.pick<unknown>([...values, 'x'.repeat(20_000)]),
  ...chance.pick<Body>([
    {},
    {},
    { to: chance.pick<unknown>([['a1'], ['a1', 'a2', 'a2'], ['b'], [], 'a1', Array(101).fill('a1'), [7]]) },
    { replyTo: chance.pick<unknown>([2, 3, 4, 5, 0, -1, 'x']) },
    { round: chance.pick<unknown>([1, 2, 0, 1e9]) },
    { inView: chance.pick<unknown>([2, 3, 0, 'x']) },
    { ackBy: chance.pick<unknown>(someAck) },
  ]),
});
const proposal = (chance: Chance): Body =>
  chance.odds(0.9)
    ? { value: chance.odds(0.6) ? chance.below(3) : chance.pick<unknown>(values) }
    : { abstain: true };

/** By a1, who has joined the group `open`. */
const talk =
  (method: string, what: string, body: (chance: Chance) => Body): Route =>
  (chance, world) => {
    const [own] = world.tokens.filter(({ group }) => group === 'open');
    const headers = { authorization: `Bearer ${own?.token}` };
    return { method, url: `/v1/groups/open/${what}`, query: {}, headers, body: body(chance) };
  };

const routes: readonly Route[] = [
  on('POST', '/number', (chance) => ({ body: { number: chance.below(3) } })),
  on('GET', '/state/:agent'),
  on('GET', '/v1/groups', (chance) => ({
    query: chance.pick<Query>([{}, { limit: '2' }, { after: 'open' }]),
  })),
  on('GET', '/v1/groups/:group'),
  on('PUT', '/v1/groups/:group', (chance) => ({
    body: {
      rule: { electorate: { size: 1 + chance.below(3) }, threshold: 1, next: 'continuous' },
      ...chance.pick([{}, { title: 't' }, { admission: 'key' }, { preset: 'gate' }]),
      ...chance.pick([{}, {}, {}, { retention: { rounds: 2, idle: '2s' } }, { retention: { rounds: 1 } }]),
    },
  })),
  on('PUT', '/v1/groups/fleeting', () => ({
    body: { rule: { electorate: { size: 1 }, next: 'continuous' }, retention: { rounds: 3, idle: '2s' } },
  })),
  on('PUT', '/v1/groups/:group/keys', (chance) => ({
    body: chance.pick<Body>([
      {},
      { joinKey: 'a-join-key-of-one', observerKey: 'an-observer-key-of-one' },
      { joinKey: 'a-join-key-of-two', observerKey: 'an-observer-key-of-two' },
      { joinKey: 'a-join-key-of-two', observerKey: 'a-join-key-of-two' },
    ]),
  })),
  on('DELETE', '/v1/groups/:group', (chance) =>
    chance.odds(0.05) ? {} : { headers: { 'if-match': '"999999"' } },
  ),
  on('PUT', '/v1/groups/:group/agents/:agent', (chance) => ({
    body: chance.pick<Body>([
      {},
      { ttl: '5s' },
      { role: 'observer', kind: 'model' },
      { ttl: '1d', instance: 'instance-1' },
    ]),
  })),
  on('POST', '/v1/groups/:group/agents/:agent/renew'),
  on('DELETE', '/v1/groups/:group/agents/:agent'),
  on('GET', '/v1/groups/:group/agents'),
  ...Array.from({ length: 4 }, () =>
    on('PUT', '/v1/groups/:group/rounds/:round/proposals/:agent', (chance) => ({
      query: someWait(chance),
      body: proposal(chance),
    })),
  ),
  on('POST', '/v1/groups/:group/proposals', (chance) => ({
    body: { agent: someAgent(chance), ...proposal(chance) },
    query: someWait(chance),
  })),
  on('POST', '/v1/groups/brief/proposals', () => ({ body: { agent: 'b', value: 1 } })),
  (chance, world) => {
    const lines = Array.from({ length: 1 + chance.below(5) }, () => {
      const group = someGroup(chance, world);
      const round = someRound(chance, world, group);
      const line = JSON.stringify({ group, round, agent: someAgent(chance), ...proposal(chance) });
      return chance.odds(0.8) ? line : chance.pick([...badTexts, '', line.slice(0, -chance.below(9))]);
    });
    return {
      method: 'POST',
      url: '/v1/proposals',
      query: someWait(chance),
      headers: { ...headersFor(chance, world, 'open'), 'content-type': 'application/x-ndjson' },
      text: lines.join('\n'),
    };
  },
  on('GET', '/v1/groups/:group/rounds/:round', (chance) => ({ query: someWait(chance) })),
  on('GET', '/v1/groups/:group/rounds/open', (chance) => ({
    query: { ...someWait(chance), ...chance.pick([{}, { after: '3' }]) },
  })),
  on('GET', '/v1/groups/:group/rounds/latest'),
  on('GET', '/v1/groups/:group/rounds', (chance) => ({
    query: chance.pick<Query>([{}, { limit: '5' }, { before: '3', limit: '2' }]),
  })),
  on('POST', '/v1/groups/:group/rounds'),
  on('POST', '/v1/groups/:group/rounds/:round/close'),
  on('PATCH', '/v1/groups/:group/rounds/:round', (chance) => ({
    body: {
      deadline: chance.pick([
        '1s',
        '10m',
        null,
        5,
        '2099-01-01T00:00:00Z',
        '400d',
        'soon',
        '2026-02-30T00:00:00Z',
      ]),
    },
  })),
  on('PUT', '/v1/groups/:group/rounds/:round/waivers/:agent', (chance) => ({
    body: { reason: chance.pick<unknown>(['on holiday', 'x'.repeat(200), 'x'.repeat(201), '', 7]) },
  })),
  ...Array.from({ length: 3 }, () =>
    on('POST', '/v1/groups/:group/messages', (chance) => ({
      body: message(chance),
      query: someWait(chance),
    })),
  ),
  ...Array.from({ length: 3 }, () => talk('POST', 'messages', (chance) => message(chance))),
  talk('PUT', 'agents/a1/cursor', (chance) => ({ offset: chance.below(9) })),
  ...['stream', 'messages', 'view'].map((what) =>
    on('GET', `/v1/groups/:group/${what}`, (chance) => ({
      query: {
        ...someWait(chance),
        ...chance.pick<Query>([{}, { after: '3' }, { limit: '1' }, { after: '1', limit: '2' }]),
      },
    })),
  ),
  on('GET', '/v1/groups/:group/messages/:offset', (chance) => ({ query: someWait(chance) })),
  on('GET', '/v1/groups/:group/messages/:offset/explain'),
  on('GET', '/v1/groups/:group/agents/:agent/cursor'),
  on('PUT', '/v1/groups/:group/agents/:agent/cursor', (chance) => ({
    body: { offset: chance.pick<unknown>([0, 1, 2, 3, 5, 8, 1e6, -1, 2.5, '3', null]) },
  })),
  ...claimRoutes,
  on('GET', '/healthz'),
  on('GET', '/readyz'),
  on('GET', '/v1/info'),
  on('GET', '/v1/cluster'),
  on('GET', '/nothing/here'),
];
