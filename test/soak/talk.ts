import { randomUUID } from 'node:crypto';
import type { Group, ItemJson, SayOptions } from '../../src/client/index.ts';
import type { World } from './world.ts';

/** Longer than any fault lasts. */
const lease = '2m';

/** Two members talk and a third listens from its cursor on, goes away and comes back; then the group is deleted. */
export async function talk(world: World, name: string): Promise<void> {
  const group = world.client().group(name);
  await group.create({ rule: { electorate: { size: 3 } }, retention: { messages: 100 } });
  world.ledger.created(name);
  const end = performance.now() + world.lifeMs;
  const isOver = (): boolean => world.isOver || performance.now() > end;
  try {
    const [ann, bob, cy] = await Promise.all(
      ['ann', 'bob', 'cy'].map((agent) => group.join(agent, { ttl: lease })),
    );
    if (ann === undefined || bob === undefined || cy === undefined) return;
    const said = new Map<number, string>();
    await Promise.all([
      speak(world, ann.group, said, isOver),
      speak(world, bob.group, said, isOver),
      listen(world, cy.group, said, isOver),
    ]);
    for (const member of [ann, bob, cy]) await member.leave();
  } finally {
    world.ledger.letGo(name);
  }
  await group.delete();
  world.ledger.gone(name);
}

async function speak(
  world: World,
  group: Group,
  said: Map<number, string>,
  isOver: () => boolean,
): Promise<void> {
  const { random } = world.options;
  while (!isOver()) {
    const body = `${randomUUID()} ${'x'.repeat(Math.floor(random() * 200))}`;
    const asks: SayOptions = random() < 0.2 ? { ackBy: 1, wait: '5s' } : {};
    const { offset } = await group.say(body, asks);
    world.ledger.said(group.name, offset, body);
    said.set(offset, body);
    await world.linger(900);
  }
}

/** Items have no gap; each that comes again after a return was not yet handled; and what was said is what is heard. */
async function listen(
  world: World,
  group: Group,
  said: Map<number, string>,
  isOver: () => boolean,
): Promise<void> {
  let last: number | null = null;
  const heard = (item: ItemJson, isFirst: boolean): void => {
    const { offset } = item;
    if (last !== null && (isFirst ? offset > last + 1 : offset !== last + 1))
      world.violated(`${group.name}: offset ${offset} was heard after ${last}`);
    last = offset;
    const body = said.get(offset);
    if (body !== undefined && (item.type !== 'message' || item.body !== body))
      world.violated(`${group.name}: ${body} was said at ${offset}, another thing was heard`);
    for (const old of said.keys()) if (old < offset - 50) said.delete(old);
  };
  while (!isOver()) {
    let left = 10;
    let isFirst = true;
    for await (const item of group.listen({ agent: 'cy', deadline: '60s' })) {
      heard(item, isFirst);
      isFirst = false;
      left -= 1;
      if (left === 0 || isOver()) break;
    }
    await world.linger(1000);
  }
}
