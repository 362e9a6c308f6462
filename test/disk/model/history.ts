import { Random, seedFor } from '../../sim/random.ts';
import { drive } from './drive.ts';
import { type Lies, Machine } from './machine.ts';
import { type Open, Owner } from './owner.ts';
import { World } from './world.ts';

/** How often something happened, over all histories: what never happens is not tested. */
export interface Counts {
  histories: number;
  cuts: number;
  kills: number;
  closes: number;
  takeovers: number;
  races: number;
  entries: number;
  checkpoints: number;
  wentBack: number;
  readersBeside: number;
  /** Lives that ended while the log was being opened. */
  endedOpening: number;
}

/**
 * One random history of a log on a machine of its own: lives of owners that end in good order, by kill -9, by a power cut, or that are
 * paused while another takes the log over. Returns what went wrong, or null.
 */
export async function history(
  seed: number,
  open: Open,
  counts: Counts,
  lies: Lies = {},
): Promise<string | null> {
  const random = new Random(seedFor(seed, 'history'));
  const machine = new Machine(seedFor(seed, 'machine'), lies);
  const world = new World();
  const owner = () => new Owner(machine, world, random, open);
  const story: string[] = [];
  try {
    for (let life = random.between(2, 6); life > 0; life -= 1) {
      const how = random.pick(['close', 'kill', 'kill', 'cut', 'cut', 'cut', 'takeover', 'race'] as const);
      story.push(how);
      if (how === 'close') await closed(machine, owner(), random);
      else if (how === 'takeover') await takenOver(machine, owner(), owner(), random, counts);
      else if (how === 'race') await raced(machine, owner(), owner(), random);
      else {
        const one = owner();
        await drive(machine, live(one, random), random.chance(0.3) ? random.below(60) : random.below(600));
        if (!one.isOpen) counts.endedOpening += 1;
        if (how === 'kill') machine.kill(one.process);
        else machine.cutPower();
      }
      counts[`${how}s`] += 1;
    }
    story.push('end');
    await closed(machine, owner(), random);
    counts.histories += 1;
    counts.entries += world.head;
    for (const what of ['checkpoints', 'wentBack', 'readersBeside'] as const) counts[what] += world[what];
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name === 'Violation' ? error.message : error.stack} (${story.join(', ')})`;
  }
}

/** Both open the log at the same time: the later one to have it keeps it. */
async function raced(machine: Machine, one: Owner, other: Owner, random: Random): Promise<void> {
  ordered(one, other);
  for (const { process } of [one, other]) process.seemsDead = true;
  for (const owner of [one, other]) owner.mayBeReplaced = true;
  const lives = [one, other].map(async (owner) => {
    await owner.open(false);
    if (owner.isOpen) await owner.use(random.between(1, 25));
    if (owner.failed !== null) throw owner.failed;
  });
  await drive(machine, Promise.all(lives), random.chance(0.5) ? random.below(300) : Infinity);
  if (random.chance(0.5)) machine.cutPower();
  else machine.killAll();
}

/** The later one to have the log replaces the other. */
function ordered(one: Owner, other: Owner): void {
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const)
    first.onOpen = () => {
      second.mayBeReplaced = true;
      second.isReplaced = true;
      first.isReplaced = false;
    };
}

async function live(owner: Owner, random: Random): Promise<void> {
  await owner.open(true);
  if (!owner.isOpen) return;
  await owner.use(random.between(1, 40));
  if (owner.failed !== null) throw owner.failed;
}

async function closed(machine: Machine, owner: Owner, random: Random): Promise<void> {
  const life = async (): Promise<void> => {
    await live(owner, random);
    await owner.close();
  };
  await drive(machine, life(), Infinity);
  machine.kill(owner.process);
}

/** The first owner is paused at some moment, the second takes the log over, and at another moment the first wakes up. */
async function takenOver(
  machine: Machine,
  first: Owner,
  second: Owner,
  random: Random,
  counts: Counts,
): Promise<void> {
  const firstLife = live(first, random);
  await drive(machine, firstLife, random.below(300));
  first.process.isPaused = true;
  first.process.seemsDead = true;
  first.mayBeReplaced = true;
  // Where the first is paused early, that can be the one to keep it.
  ordered(first, second);
  // Where both open it at once, one is refused.
  second.mayBeReplaced = !first.isOpen;
  const secondLife = (async () => {
    await second.open(false);
    if (!second.isOpen) return;
    await second.use(random.between(1, 25));
    if (second.failed !== null) throw second.failed;
  })();
  await drive(machine, secondLife, random.below(200));
  first.process.isPaused = false;
  // Both run, until both are done or something ends them.
  await drive(
    machine,
    Promise.all([firstLife, secondLife]),
    random.chance(0.5) ? random.below(300) : Infinity,
  );
  if (first.failed !== null) throw first.failed;
  if (!second.isOpen) counts.endedOpening += 1;
  if (random.chance(0.5)) machine.cutPower();
  else for (const { process } of [first, second]) machine.kill(process);
}
