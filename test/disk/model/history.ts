import { Random, seedFor } from '../../sim/random.ts';
import { drive } from './drive.ts';
import { type Lies, Machine } from './machine.ts';
import { type Open, Owner } from './owner.ts';
import { Process } from './process.ts';
import { World } from './world.ts';

/** How often something happened, over all histories: what never happens is not tested. */
export interface Counts {
  histories: number;
  cuts: number;
  kills: number;
  closes: number;
  takeovers: number;
  entries: number;
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
  const owner = () => new Owner(new Process(machine), world, random, open);
  const story: string[] = [];
  try {
    for (let life = random.between(2, 6); life > 0; life -= 1) {
      const how = random.pick(['close', 'kill', 'kill', 'cut', 'cut', 'cut', 'takeover'] as const);
      story.push(how);
      if (how === 'close') await closed(machine, owner(), random);
      else if (how === 'takeover') await takenOver(machine, owner(), owner(), random, counts);
      else {
        const one = owner();
        await drive(machine, live(one, random), random.chance(0.3) ? random.below(60) : random.below(600));
        if (!one.isOpen) counts.endedOpening += 1;
        if (how === 'kill') machine.kill(one.process);
        else machine.cutPower();
      }
      counts[
        how === 'close' ? 'closes' : how === 'takeover' ? 'takeovers' : how === 'kill' ? 'kills' : 'cuts'
      ] += 1;
    }
    story.push('end');
    await closed(machine, owner(), random);
    counts.histories += 1;
    counts.entries += world.head;
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name === 'Violation' ? error.message : error.stack} (${story.join(', ')})`;
  }
}

async function live(owner: Owner, random: Random): Promise<void> {
  await owner.open(true);
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
  // The later one to have it; where the first is paused early, that can be the first.
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const)
    one.onOpen = () => {
      other.mayBeReplaced = true;
      other.isReplaced = true;
      one.isReplaced = false;
    };
  // Where both open it at once, one is refused.
  second.mayBeReplaced = !first.isOpen;
  const secondLife = (async () => {
    await second.open(false);
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
