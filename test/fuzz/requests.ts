import { badHeaders, badNames, badQueries, badTexts, values } from './bad-values.ts';
import type { Chance } from './random.ts';
import type { World, WorldRequest } from './world.ts';

/**
 * Requests for every route: made as a caller who knows the server would make them, then changed in none, one or several
 * places to what no caller should send.
 */

type Query = Record<string, string>;
type Headers = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

/** A request before it is written out: the body is `bytes`, else `text`, else `body` as JSON. */
interface Draft {
  method: string;
  url: string;
  readonly query: Query;
  /** Added to the query as it stands. */
  extra?: string;
  headers: Headers;
  body?: Body;
  text?: string;
  bytes?: Buffer;
}

export function makeRequest(chance: Chance, world: World): WorldRequest {
  const draft = chance.pick(routes)(chance, world);
  const bends = chance.odds(0.3) ? 0 : 1 + chance.below(3);
  for (let i = 0; i < bends; i += 1) chance.pick(bending)(chance, draft);
  return finished(draft);
}

const headersFor = (chance: Chance, world: World, group: string): Headers => {
  const own = world.tokens.filter((known) => known.group === group).map(({ token }) => token);
  const { joinKey, observerKey } = world.keys;
  const token = chance.pick([
    null,
    ...own,
    joinKey,
    observerKey,
    'a-join-key-of-one',
    world.adminToken,
    chance.pick(world.tokens).token,
  ]);
  return token === null ? {} : { authorization: `Bearer ${token}` };
};

const someGroup = (chance: Chance, world: World): string =>
  chance.pick(chance.odds(0.9) ? world.groups : ['new-1', 'new-2', 'none']);
const someAgent = (chance: Chance): string => chance.pick(['a1', 'a2', 'a3', 'a4', 'b']);
const someRound = (chance: Chance, world: World, group: string): number => {
  const open = world.group(group)?.round ?? 1;
  return chance.pick([open, open, open, open - 1, open + 1, 1]);
};
const someWait = (chance: Chance): Query =>
  chance.pick<Query>([
    {},
    {},
    {},
    { wait: '1s' },
    { wait: '500ms' },
    { wait: '0' },
    { wait: '60s' },
    { wait: '9999' },
  ]);

type Route = (chance: Chance, world: World) => Draft;

const on =
  (method: string, url: string, more?: (chance: Chance) => Partial<Draft>): Route =>
  (chance, world) => {
    const group = someGroup(chance, world);
    const agent = someAgent(chance);
    const round = someRound(chance, world, group);
    const filled = url.replace(':group', group).replace(':agent', agent).replace(':round', String(round));
    return { method, url: filled, query: {}, headers: headersFor(chance, world, group), ...more?.(chance) };
  };

const proposal = (chance: Chance): Body =>
  chance.odds(0.9)
    ? { value: chance.odds(0.6) ? chance.below(3) : chance.pick<unknown>(values) }
    : { abstain: true };

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
    body: chance.pick<Body>([{}, { ttl: '5s' }, { role: 'observer' }, { ttl: '1d', instance: 'instance-1' }]),
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
  on('GET', '/healthz'),
  on('GET', '/readyz'),
  on('GET', '/v1/info'),
  on('GET', '/nothing/here'),
];

/** Each changes one thing of a draft for the worse. */
const bending: readonly ((chance: Chance, draft: Draft) => void)[] = [
  (chance, draft) => {
    const parts = draft.url.split('/');
    parts[1 + chance.below(parts.length - 1)] = chance.pick(badNames);
    draft.url = parts.join('/');
  },
  (chance, draft) => {
    draft.query[chance.pick(['wait', 'after', 'limit', 'before', 'consistency', '__proto__', 'x'])] =
      chance.pick(badQueries);
  },
  (chance, draft) => {
    draft.extra = chance.pick([
      'wait=1s&wait=2s',
      'after=1&after=2',
      'limit[]=1',
      'a'.repeat(2000),
      '%',
      '&&&',
      '=',
      '?',
      'limit=1#x',
    ]);
  },
  (chance, draft) => {
    const [name, list] = chance.pick(badHeaders);
    draft.headers = { ...draft.headers, [name]: chance.pick(list) };
  },
  (chance, draft) => {
    draft.text = chance.pick(badTexts);
  },
  (chance, draft) => {
    const body = { ...draft.body };
    const name = chance.pick([
      ...Object.keys(body),
      'value',
      'agent',
      'seq',
      'rule',
      'ttl',
      'role',
      'instance',
      'signature',
      '__proto__',
      'x',
    ]);
    Object.defineProperty(body, name, {
      value: chance.pick([...values, -1, 1.5, 2 ** 53, 'x'.repeat(5000), chance.pick(badNames)]),
      enumerable: true,
    });
    draft.body = body;
  },
  (chance, draft) => {
    const body: Record<string, unknown> = { ...draft.body };
    delete body[chance.pick(Object.keys(body))];
    draft.body = body;
  },
  (chance, draft) => {
    const depth = chance.pick([15, 16, 17, 18, 500, 7000]);
    draft.text = `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  },
  (chance, draft) => {
    draft.text = `{"value":"${'x'.repeat(chance.pick([4093, 4094, 4095, 16_000, 16_384, 40_000]))}"}`;
  },
  (chance, draft) => {
    const text = Buffer.from(draft.text ?? JSON.stringify(draft.body ?? {}));
    if (text.length > 0) text[chance.below(text.length)] = chance.below(256);
    draft.bytes = text;
  },
  (chance, draft) => {
    const text = draft.text ?? JSON.stringify(draft.body ?? {});
    draft.text = text.slice(0, chance.below(text.length + 1));
  },
  (chance, draft) => {
    draft.method = chance.pick([
      'GET',
      'PUT',
      'POST',
      'DELETE',
      'HEAD',
      'OPTIONS',
      'PATCH',
      'TRACE',
      'PROPFIND',
      'SEARCH',
      'COPY',
    ]);
  },
  (chance, draft) => {
    draft.url = chance.pick([
      `${draft.url}/`,
      `/${draft.url}`,
      draft.url.toUpperCase(),
      `${draft.url}/x`,
      draft.url.replaceAll('/', '//'),
      `${draft.url};x=1`,
      `${draft.url}%20`,
    ]);
  },
];

function finished({ method, url, query, extra, headers, body, text, bytes }: Draft): WorldRequest {
  const search = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  if (extra !== undefined) search.push(extra);
  const payload = bytes ?? text ?? (body === undefined ? null : JSON.stringify(body));
  const type = payload === null ? {} : { 'content-type': 'application/json' };
  return {
    method,
    url: search.length === 0 ? url : `${url}?${search.join('&')}`,
    headers: { ...type, ...headers },
    payload,
  };
}
