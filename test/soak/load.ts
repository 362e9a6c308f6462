import type { Group, GroupSettings, RoundJson } from '../../src/client/index.ts';
import { talk } from './talk.ts';
import type { World } from './world.ts';

/** Begins the load of one lane: it never pauses for long, and what it leaves behind has an end, so that the state has a bound. */
export function beginLoad(world: World): void {
  const { lane } = world.options;
  for (const number of [1, 2])
    world.begin(`rounds-${number}`, (n) => rounds(world, `${lane}-r${number}-${n}`));
  world.begin('talk', (n) => talk(world, `${lane}-t-${n}`));
  world.begin('short', (n) => short(world, `${lane}-s-${n}`));
  world.begin('leases', (n) => leases(world, `${lane}-l-${n}`));
  world.begin('many', (n) => many(world, `${lane}-m-${n}`));
  world.begin('pages', () => pages(world));
  world.begin('waits', () => cutWaits(world));
}

const agents = ['ann', 'bob', 'cy'];

/** A group, for as long as a group is used; then it is deleted. */
async function during(
  world: World,
  name: string,
  settings: GroupSettings,
  use: (group: Group, isOver: () => boolean) => Promise<void>,
): Promise<void> {
  const group = world.client().group(name);
  await group.create(settings);
  world.ledger.created(name);
  const end = performance.now() + world.lifeMs;
  try {
    await use(group, () => world.isOver || performance.now() > end);
  } finally {
    world.ledger.letGo(name);
  }
  await group.delete();
  world.ledger.gone(name);
}

/** Three agents decide round after round, with a webhook that is told, one that watches, and one that reads events. */
async function rounds(world: World, name: string): Promise<void> {
  const { random, receiver } = world.options;
  const rule = { electorate: { agents }, threshold: 'unanimous', next: 'continuous' } as const;
  await during(world, name, { rule, retention: { rounds: 30, messages: 100 } }, async (group, isOver) => {
    receiver.expect(name);
    await group.webhooks.put('hook', { url: receiver.url });
    world.aside(`watch ${name}`, watched(world, name));
    world.aside(`events ${name}`, read(world, name));
    for (let number = 1; !isOver(); number += 1) {
      const splits = random() < 0.2;
      const outcomes = await Promise.all(
        agents.map(async (agent, i) => {
          await world.linger(250);
          const value = { number, choice: splits ? i : 'same', text: 'x'.repeat(Math.floor(random() * 300)) };
          const kept = splits ? value : { ...value, text: '' };
          let round = await world
            .client()
            .group(name)
            .propose({ agent, round: number, value: kept, wait: '20s' });
          while (round.state === 'WAITING')
            round = await group.round(number, { after: round.revision, wait: '20s' });
          return round;
        }),
      );
      const [first] = outcomes;
      for (const other of outcomes)
        if (outcomeOf(other) !== outcomeOf(first))
          world.violated(
            `${name} round ${number} ended in two ways: ${outcomeOf(first)}, ${outcomeOf(other)}`,
          );
      if (first?.state !== (splits ? 'FAILED' : 'SUCCESS'))
        world.violated(`${name} ${number}: ${first?.state}`);
      if (first) world.ledger.round(name, number, first.state, first.value);
      if (random() < 0.1) await group.explain(number);
    }
    await told(world, group);
  });
  receiver.forget(name);
}

/** Each of the last rounds has come to the receiver, or the server says that it still waits. */
async function told(world: World, group: Group): Promise<void> {
  const { receiver } = world.options;
  const owed = (): number[] =>
    world.ledger.roundsOf(group.name).filter((round) => !receiver.has(group.name, round));
  const before = owed();
  const deliveries = await group.webhooks.deliveries('hook', { limit: 2000 });
  const waits = new Set(deliveries.filter(({ state }) => state === 'pending').map(({ round }) => round));
  const kept = Math.min(...deliveries.flatMap(({ round }) => round ?? []));
  const now = new Set(owed());
  for (const round of before)
    if (round >= kept && now.has(round) && !waits.has(round))
      world.violated(`${group.name} round ${round}: nobody was told, and nothing waits`);
}

/** Every outcome once, in order, over connections that break. */
async function watched(world: World, name: string): Promise<void> {
  let next: number | null = null;
  for await (const { round, state, reason } of world.client().group(name).watch({ signal: world.signal })) {
    // It begins with the round that is there when it has got through.
    next ??= round;
    if (state === 'WAITING' || reason === 'group-deleted') continue;
    if (round !== next) world.violated(`${name}: watch gave round ${round} instead of ${next}`);
    next = round + 1;
  }
}

/** Goes away after some events, and comes back for those after the last. */
async function read(world: World, name: string): Promise<void> {
  const group = world.client().group(name);
  let after: number | undefined;
  for (;;) {
    let left = 20;
    for await (const { type, revision } of group.events({ after, signal: world.signal })) {
      if (type === 'group-deleted') return;
      if (after !== undefined && revision < after) world.violated(`${name}: events went back to ${revision}`);
      after = revision;
      left -= 1;
      if (left === 0) break;
    }
    await world.linger(500);
  }
}

/** One round, and a claim on its decision: spent, or given back and then spent by another. */
async function short(world: World, name: string): Promise<void> {
  const { random } = world.options;
  // One of four is left to go by itself.
  const isLeft = random() < 0.25;
  const group = world.client().group(name);
  const idle: GroupSettings = isLeft ? { retention: { idle: '1m' } } : {};
  await group.create({ rule: { electorate: { agents: ['ann'] } }, ...idle });
  const { state, value } = await group.propose({ agent: 'ann', value: name, wait: '20s' });
  if (state !== 'SUCCESS' || value !== name) world.violated(`${name}: ${state}`);
  if (isLeft) return;
  world.ledger.created(name);
  try {
    world.ledger.round(name, 1, state, value);
    const first = await group.claim(1, { lease: '20s' });
    let { fence } = first;
    if (random() < 0.3) {
      await first.release();
      const second = await group.claim(1, { lease: '20s' });
      if (second.fence <= fence) world.violated(`${name}: fence ${second.fence} after ${fence}`);
      fence = second.fence;
      await second.done({ fence });
    } else {
      await world.linger(1500);
      await first.done({ fence });
    }
    world.ledger.spent(name, 1, { fence });
    await world.linger(3000);
  } finally {
    world.ledger.letGo(name);
  }
  await group.delete();
  world.ledger.gone(name);
}

/** Agents that die without a word: their leases run out, and the group goes on without them. */
async function leases(world: World, name: string): Promise<void> {
  const rule = { electorate: { size: 3 }, absent: 'excluded', deadline: '20s' } as const;
  const group = world.client().group(name);
  // In case it is left behind.
  await group.create({ rule, retention: { idle: '2m' } });
  const members = await Promise.all(agents.map((agent) => group.join(agent, { ttl: '1s' })));
  for (const member of members) member.release();
  for (let tries = 0; ; tries += 1) {
    const there = await group.agents();
    if (there.every(({ live }) => !live)) break;
    if (tries === 60) return world.violated(`${name}: a lease of 1 s did not run out`);
    await world.rest(500);
    if (world.isOver) return;
  }
  await world.linger(3000);
  await group.delete();
}

/** Many proposals in one request. */
async function many(world: World, name: string): Promise<void> {
  const size = 20;
  const rule = { electorate: { size }, threshold: size, next: 'continuous' } as const;
  await during(world, name, { rule, retention: { rounds: 30 } }, async (group, isOver) => {
    for (let round = 1; !isOver(); round += 1) {
      const ballots = Array.from({ length: size }, (_, n) => ({
        group: name,
        round,
        agent: `a${n}`,
        value: round,
      }));
      for await (const one of world.client().proposals(ballots, { wait: '20s' }))
        if (one.error !== null) throw one.error;
      const { state, value } = await group.round(round, { after: 0, wait: '20s' });
      if (state !== 'SUCCESS') world.violated(`${name} round ${round}: ${state}`);
      world.ledger.round(name, round, state, value);
      await world.linger(4000);
    }
  });
}

/** What people and monitoring look at. They do not mind a fault. */
async function pages(world: World): Promise<void> {
  const { urls } = world.options;
  for (const url of urls)
    for (const path of [
      '/metrics',
      '/readyz',
      '/',
      '/docs',
      '/v1/groups?limit=50',
      '/v1/cluster',
      '/openapi.json',
    ])
      await fetch(url + path, { signal: AbortSignal.timeout(10_000) })
        .then((reply) => reply.arrayBuffer())
        .catch(() => undefined);
  await world.rest(4000);
}

/** Waits whose callers hang up before the answer. */
async function cutWaits(world: World): Promise<void> {
  const name = 'wait-for-ever';
  await world
    .client()
    .group(name)
    .create({ rule: { electorate: { size: 2 } } });
  for (const url of world.options.urls)
    for (const path of ['rounds/open?after=1000000000&wait=25s', 'stream?after=1&wait=25s', 'events'])
      await fetch(`${url}/v1/groups/${name}/${path}`, { signal: AbortSignal.timeout(1000) })
        .then((reply) => reply.arrayBuffer())
        .catch(() => undefined);
  await world.linger(1000);
}

/** What all must be told alike. */
function outcomeOf(round: RoundJson | undefined): string {
  return JSON.stringify([round?.state, round?.reason, round?.value, round?.closedAt]);
}
