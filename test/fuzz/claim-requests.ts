import { values } from './bad-values.ts';
import type { Body, Draft, Headers } from './draft.ts';
import type { Chance } from './random.ts';
import { headersFor, type Route, someGroup, someWait } from './routes.ts';
import type { World } from './world.ts';

/** Requests about claims, mostly on a round that was decided, and under the fence that its claim has. [Q10] */

const claiming =
  (method: string, what: string, more: (chance: Chance, fence: number) => Partial<Draft>): Route =>
  (chance, world) => {
    const group = chance.odds(0.7) ? 'acts' : someGroup(chance, world);
    const round = chance.odds(0.9) ? decidedIn(world, group) : chance.pick([0, 1, 2, 1e9]);
    const fence = world.group(group)?.claims.get(round)?.fence ?? 1;
    const url = `/v1/groups/${group}/rounds/${round}/claim${what}`;
    const headers = chance.odds(0.7) ? own(world) : headersFor(chance, world, group);
    return { method, url, query: {}, headers, ...more(chance, fence) };
  };

/** By a1, who has joined the group `acts`, which decides with each vote. */
function own(world: World): Headers {
  const known = world.tokens.find(({ group }) => group === 'acts');
  return { authorization: `Bearer ${known?.token}` };
}

/** The last round of a group that ended in SUCCESS; 1 when there is none. */
function decidedIn(world: World, group: string): number {
  const closed = [...(world.group(group)?.closed.values() ?? [])];
  return closed.findLast(({ state }) => state === 'SUCCESS')?.round ?? 1;
}

const someFence = (chance: Chance, fence: number): unknown =>
  chance.odds(0.8) ? fence : chance.pick<unknown>([fence - 1, fence + 1, 0, -1, 1.5, 2 ** 53, '1', null]);

const newClaim = (chance: Chance): Body => ({
  holder: chance.odds(0.8)
    ? chance.pick(['run-1', 'run-2'])
    : chance.pick<unknown>(['', 'x'.repeat(128), 'x'.repeat(129), 7, null, '\u0000', '__proto__']),
  lease: chance.odds(0.8)
    ? chance.pick(['1s', '1s', '1d', undefined])
    : chance.pick<unknown>(['999ms', '1d', '25h', 0, -1, 1e9, 'soon', null]),
  ...chance.pick<Body>([{}, {}, {}, { value: chance.below(3) }, { value: chance.pick<unknown>(values) }]),
  ...chance.pick<Body>([{}, {}, {}, { subjectHash: chance.pick<unknown>(['abc', '', 'x'.repeat(500), 7]) }]),
});

const someResult = (chance: Chance): Body =>
  chance.odds(0.7)
    ? { result: { version: chance.below(2) } }
    : chance.pick<Body>([{}, { result: chance.pick<unknown>(values) }, { result: 'x'.repeat(4095) }]);

export const claimRoutes: readonly Route[] = [
  (_, world) => ({
    method: 'POST',
    url: '/v1/groups/acts/proposals',
    query: {},
    headers: own(world),
    body: { agent: 'a1', value: 1 },
  }),
  ...Array.from({ length: 6 }, () => claiming('PUT', '', (chance) => ({ body: newClaim(chance) }))),
  ...Array.from({ length: 2 }, () =>
    claiming('POST', '/renew', (chance, fence) => ({ body: { fence: someFence(chance, fence) } })),
  ),
  claiming('POST', '/done', (chance, fence) => ({
    body: { fence: someFence(chance, fence), ...someResult(chance) },
  })),
  claiming('DELETE', '', (chance, fence) => ({ query: { fence: String(someFence(chance, fence)) } })),
  claiming('GET', '', (chance) => ({
    query: { ...someWait(chance), ...chance.pick([{}, {}, { after: '3' }, { after: '999' }]) },
  })),
];
