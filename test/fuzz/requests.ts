// @ts-nocheck
/**
 * Requests for every route: made as a caller who knows the server would make them, then bent in none, one or several
 * places. Each is what `ask` of a world takes.
 */

import { badHeaders, badNames, badQueries, badTexts, values } from './bad-values.ts';

export function makeRequest(chance, world) {
  const request = chance.pick(routes)(chance, world);
  const bends = chance.odds(0.3) ? 0 : 1 + chance.below(3);
  for (let i = 0; i < bends; i += 1) chance.pick(bending)(chance, request, world);
  return finished(request);
}

const headersFor = (chance, world, group) => {
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

const someGroup = (chance, world) =>
  chance.pick(chance.odds(0.9) ? world.groups : ['new-1', 'new-2', 'none']);
const someAgent = (chance) => chance.pick(['a1', 'a2', 'a3', 'a4', 'b']);
const someRound = (chance, world, group) => {
  const open = world.group(group)?.round ?? 1;
  return chance.pick([open, open, open, open - 1, open + 1, 1]);
};
const someWait = (chance) =>
  chance.pick([
    {},
    {},
    {},
    { wait: '1s' },
    { wait: '500ms' },
    { wait: '0' },
    { wait: '60s' },
    { wait: '9999' },
  ]);

const on = (method, url, more) => (chance, world) => {
  const group = someGroup(chance, world);
  const agent = someAgent(chance);
  const round = someRound(chance, world, group);
  const parts = { group, agent, round };
  const filled = url.replace(/:(\w+)/g, (_, name) => String(parts[name] ?? someAgent(chance)));
  return {
    method,
    url: filled,
    query: {},
    headers: headersFor(chance, world, group),
    ...more?.(chance, parts),
  };
};

const proposal = (chance) =>
  chance.odds(0.9) ? { value: chance.odds(0.6) ? chance.below(3) : chance.pick(values) } : { abstain: true };

const routes = [
  on('POST', '/number', (chance) => ({ body: { number: chance.below(3) } })),
  on('GET', '/state/:agent'),
  on('GET', '/v1/groups', (chance) => ({ query: chance.pick([{}, { limit: '2' }, { after: 'open' }]) })),
  on('GET', '/v1/groups/:group'),
  on('PUT', '/v1/groups/:group', (chance) => ({
    body: {
      rule: { electorate: { size: 1 + chance.below(3) }, threshold: 1, next: 'continuous' },
      ...chance.pick([{}, { title: 't' }, { admission: 'key' }, { preset: 'gate' }]),
      ...chance.pick([{}, {}, {}, { retention: { rounds: 2, idle: '2s' } }, { retention: { rounds: 1 } }]),
    },
  })),
  on('PUT', '/v1/groups/:group/keys', (chance) => ({
    body: chance.pick([
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
    body: chance.pick([{}, { ttl: '5s' }, { role: 'observer' }, { ttl: '1d', instance: 'instance-1' }]),
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
  on('GET', '/v1/groups/:group/rounds/:round', (chance) => ({ query: someWait(chance) })),
  on('GET', '/v1/groups/:group/rounds/open', (chance) => ({
    query: { ...someWait(chance), ...chance.pick([{}, { after: '3' }]) },
  })),
  on('GET', '/v1/groups/:group/rounds/latest'),
  on('GET', '/v1/groups/:group/rounds', (chance) => ({
    query: chance.pick([{}, { limit: '5' }, { before: '3', limit: '2' }]),
  })),
  on('POST', '/v1/groups/:group/rounds'),
  on('POST', '/v1/groups/:group/rounds/:round/close'),
  on('GET', '/healthz'),
  on('GET', '/readyz'),
  on('GET', '/v1/info'),
  on('GET', '/nothing/here'),
];

const bending = [
  (chance, request) => {
    const parts = request.url.split('/');
    parts[1 + chance.below(parts.length - 1)] = chance.pick(badNames);
    request.url = parts.join('/');
  },
  (chance, request) => {
    request.query[chance.pick(['wait', 'after', 'limit', 'before', 'consistency', '__proto__', 'x'])] =
      chance.pick(badQueries);
  },
  (chance, request) => {
    request.extra = chance.pick([
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
  (chance, request) => {
    const [name, list] = chance.pick(badHeaders);
    request.headers = { ...request.headers, [name]: chance.pick(list) };
  },
  (chance, request) => {
    request.text = chance.pick(badTexts);
  },
  (chance, request) => {
    const body = { ...request.body };
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
    request.body = body;
  },
  (chance, request) => {
    const body = { ...request.body };
    delete body[chance.pick(Object.keys(body))];
    request.body = body;
  },
  (chance, request) => {
    const depth = chance.pick([15, 16, 17, 18, 500, 7000]);
    request.text = `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  },
  (chance, request) => {
    request.text = `{"value":"${'x'.repeat(chance.pick([4093, 4094, 4095, 16_000, 16_384, 20_000]))}"}`;
  },
  (chance, request) => {
    const text = Buffer.from(request.text ?? JSON.stringify(request.body ?? {}));
    if (text.length > 0) text[chance.below(text.length)] = chance.below(256);
    request.bytes = text;
  },
  (chance, request) => {
    const text = request.text ?? JSON.stringify(request.body ?? {});
    request.text = text.slice(0, chance.below(text.length + 1));
  },
  (chance, request) => {
    request.method = chance.pick([
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
  (chance, request) => {
    request.url = chance.pick([
      `${request.url}/`,
      `/${request.url}`,
      request.url.toUpperCase(),
      `${request.url}/x`,
      request.url.replaceAll('/', '//'),
      `${request.url};x=1`,
      `${request.url}%20`,
    ]);
  },
];

function finished({ method, url, query, extra, headers, body, text, bytes }) {
  const search = [
    ...Object.entries(query).map(([name, value]) => `${name}=${value}`),
    ...(extra ? [extra] : []),
  ].join('&');
  const payload = bytes ?? text ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = payload === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method,
    url: search === '' ? url : `${url}?${search}`,
    headers: { ...type, ...headers },
    ...(payload === undefined ? {} : { payload }),
  };
}
