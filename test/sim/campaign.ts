import { isLinearizable, opsOf } from '../check/linearizable.ts';
import type { Violation } from './evidence.ts';
import { generate } from './generate.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';
import type { Plan } from './plan.ts';
import { type HistoryRun, runHistory } from './run.ts';
import { shrink } from './shrink.ts';

/** What a run must have seen at least once: a test in which these never happen shows nothing about them. */
const mustHappen = [
  'unknown append: applied',
  'unknown append: not applied',
  'gap repaired',
  'duplicate dropped',
  'snapshot bootstrap',
  'idempotent replay from another server',
  'deadline fired by a foreign tick',
  'overload refusal',
  'crash with commands in flight',
  'lease expiry',
  'failover inside one wait',
  'rounds let go',
  'idle group gone',
  'idle group made again',
  'hash published',
  'elector waived',
  'deadline set by hand',
  'claim taken',
  'claim passed on',
  'claim run out',
  'decision spent',
  'stale fence refused',
  'outcome to be told',
  'outcome delivered',
  'delivery to be tried again',
  'deliveries taken over',
  'invite redeemed',
  'message said',
  'message said again',
  'message to some',
  'message withheld',
  'message stable',
  'message impossible',
  'acknowledged by a successor, which does not count',
  'messages let go',
  'reader told that messages are let go',
  'message refused: view-changed',
  'message refused: not-in-view',
  'message refused: ack-out-of-reach',
  'message refused: agent-not-found',
  'message refused: key-reused',
  'cursor not set back',
  'cursor refused: cursor-ahead',
  'member came back to its cursor',
  'member renamed',
  'stream read from a local copy',
  'stream followed by the SDK',
  'stream of a group made again',
  'stream restored from a checkpoint',
  'log replaced',
  'stopped over a replaced log',
] as const;

export interface CampaignReport {
  readonly histories: number;
  readonly ops: number;
  readonly exchanges: number;
  readonly entries: number;
  readonly events: number;
  readonly linearizable: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Things of `mustHappen` that never did. */
  readonly never: readonly string[];
  readonly failure: Failure | null;
}

interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/** Runs histories from `first` on, until one fails. Every plain one is also judged without the index. */
export async function campaign(first: number, histories: number): Promise<CampaignReport> {
  const counts: Record<string, number> = Object.fromEntries(mustHappen.map((what) => [what, 0]));
  const total = { histories: 0, ops: 0, exchanges: 0, entries: 0, events: 0, linearizable: 0 };
  let failure: Failure | null = null;
  for (let i = 0; i < histories && failure === null; i += 1) {
    const seed = (first + i) >>> 0;
    const plan = generate(seed);
    const run = await runHistory(plan);
    const violations = [...run.violations, ...(plan.plain ? withoutIndex(run, plan) : [])];
    if (plan.plain) total.linearizable += 1;
    total.histories += 1;
    for (const what of ['ops', 'exchanges', 'entries', 'events'] as const) total[what] += run[what];
    for (const [what, times] of run.counts) counts[what] = (counts[what] ?? 0) + times;
    if (violations.length > 0) failure = { seed, violations };
  }
  return { ...total, counts, never: mustHappen.filter((what) => counts[what] === 0), failure };
}

/** I6, I7 once more, by a checker that does not look at the index. */
function withoutIndex(run: HistoryRun, plan: Plan): Violation[] {
  const verdict = isLinearizable(plan, opsOf(run.evidence.exchanges));
  return verdict.ok ? [] : [{ invariant: 'linearizable', text: verdict.text }];
}

/** The smallest plan that breaks one of the invariants which the plan of this seed breaks, and its trace. */
export async function minimize(
  seed: number,
  mutant: Mutant | null = null,
): Promise<{ plan: Plan; run: HistoryRun }> {
  const broken = async (plan: Plan): Promise<Set<string>> => {
    const run = await runHistory(plan, mutant);
    const all = [...run.violations, ...(plan.plain && mutant === null ? withoutIndex(run, plan) : [])];
    return new Set(all.map(({ invariant }) => invariant));
  };
  const wanted = await broken(generate(seed));
  const plan = await shrink(generate(seed), async (smaller) => {
    for (const invariant of await broken(smaller)) if (wanted.has(invariant)) return true;
    return false;
  });
  return { plan, run: await runHistory(plan, mutant, true) };
}

export interface Kill {
  readonly mutant: string;
  readonly invariant: string;
  /** The first history that broke the invariant named for the mutant; null when none did. */
  readonly history: number | null;
  readonly also: readonly string[];
}

/** Runs histories with each seeded bug until the invariant named for it is broken. */
export async function seededBugs(first: number, most: number): Promise<Kill[]> {
  const kills: Kill[] = [];
  for (const mutant of mutants) kills.push(await hunt(mutant, first, most));
  return kills;
}

async function hunt(mutant: Mutant, first: number, most: number): Promise<Kill> {
  const also = new Set<string>();
  for (let i = 0; i < most; i += 1) {
    const { violations } = await runHistory(generate((first + i) >>> 0), mutant);
    for (const { invariant } of violations) also.add(invariant);
    if (also.delete(mutant.killedBy))
      return { mutant: mutant.name, invariant: mutant.killedBy, history: i + 1, also: [...also].sort() };
  }
  return { mutant: mutant.name, invariant: mutant.killedBy, history: null, also: [...also].sort() };
}
