import type { Draft, Headers, Query } from './draft.ts';
import type { Chance } from './random.ts';
import type { World } from './world.ts';

/** What drafts of requests are made of: groups, rounds and tokens of a world, mostly such as exist. */

export const headersFor = (chance: Chance, world: World, group: string): Headers => {
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

export const someGroup = (chance: Chance, world: World): string =>
  chance.pick(chance.odds(0.9) ? world.groups : ['new-1', 'new-2', 'none']);
export const someAgent = (chance: Chance): string => chance.pick(['a1', 'a2', 'a3', 'a4', 'b']);
export const someRound = (chance: Chance, world: World, group: string): number => {
  const open = world.group(group)?.round ?? 1;
  return chance.pick([open, open, open, open - 1, open + 1, 1]);
};
const someOffset = (chance: Chance, world: World, group: string): number => {
  const { end, oldest } = world.group(group)?.stream ?? { end: 1, oldest: 1 };
  return chance.pick([end, end, end - chance.below(4), oldest, oldest - 1, end + 1, 0]);
};
export const someWait = (chance: Chance): Query =>
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

export type Route = (chance: Chance, world: World) => Draft;

export const on =
  (method: string, url: string, more?: (chance: Chance) => Partial<Draft>): Route =>
  (chance, world) => {
    const group = someGroup(chance, world);
    const agent = someAgent(chance);
    const round = someRound(chance, world, group);
    const offset = String(someOffset(chance, world, group));
    const filled = [
      [':group', group],
      [':agent', agent],
      [':round', String(round)],
      [':offset', offset],
    ].reduce((text, [name = '', value = '']) => text.replace(name, value), url);
    return { method, url: filled, query: {}, headers: headersFor(chance, world, group), ...more?.(chance) };
  };
