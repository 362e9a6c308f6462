import { createHash } from 'node:crypto';
import type { Group, Json, Member, RoundJson } from '../client/index.ts';
import type { RoundEnd } from './exec.ts';
import type { Answer } from './panel.ts';

// Longer than a call is retried, so that a server that is away for so long costs nobody its name.
const leaseMs = 120_000;
const leaveWithinMs = 2000;

/** What one member said in a round: its value, or that it abstains, and the note beside it. */
export interface Statement {
  readonly agent: string;
  readonly body: { readonly [name: string]: Json };
}

/** What a program is told of one message; `from` is left out where the debate is anonymous. */
export interface Heard {
  readonly from?: string;
  readonly round: number;
  readonly body: Json;
}

export interface DebateOptions {
  readonly group: Group;
  readonly agents: readonly string[];
  readonly withNames: boolean;
  /** Whether two values are equal under the rule of a round. */
  readonly isSame: (equality: RoundJson['equality'], a: Json, b: Json) => boolean;
  readonly signal: AbortSignal;
}

/**
 * The members of a panel that talk: after each round each says under its own token, as a message of the group, what it answered,
 * and hears before the next one what the others said. [Q9.14]
 */
export class Debate {
  /** Nobody has changed what it says, so that another round would end as the last one. */
  isOver = false;
  private readonly options: DebateOptions;
  private readonly members: ReadonlyMap<string, Member>;
  private said: readonly Statement[] | null = null;
  private round = 0;
  private seed = 0;

  /** Joins the group for each member, so that nobody else can speak under its name. */
  static async join(options: DebateOptions): Promise<Debate> {
    const { group, agents, signal } = options;
    const members = new Map<string, Member>();
    const debate = new Debate(options, members);
    try {
      for (const agent of agents) members.set(agent, await group.join(agent, { ttl: leaseMs, signal }));
      // Where the servers' log does not know messages yet this is refused, before anybody is asked for money.
      const [first] = members.values();
      await first?.setCursor(first.joined.cursor, { signal });
    } catch (error) {
      await debate.end();
      throw error;
    }
    return debate;
  }

  private constructor(options: DebateOptions, members: ReadonlyMap<string, Member>) {
    this.options = options;
    this.members = members;
  }

  groupOf(agent: string): Group {
    return (this.members.get(agent) as Member<Group>).group;
  }

  /** Says what came of a closed round. Not before: who says its vote in a blind round has said it. [Q9.12] */
  async say({ round, equality }: RoundJson, answers: readonly Answer[]): Promise<void> {
    const { group, isSame, signal } = this.options;
    const now = statementsOf(answers);
    for (const { agent, body } of now) await this.groupOf(agent).say(body, { round, signal });
    this.isOver = this.said !== null && nobodyChanged(this.said, now, (a, b) => isSame(equality, a, b));
    const { seed } = await group.explain(round, { signal });
    this.said = now;
    this.round = round;
    this.seed = seed as number;
  }

  /** What this member is told before its next answer. */
  heardBy(agent: string): readonly Heard[] {
    return heardBy(agent, this.said ?? [], this.round, this.seed, this.options.withNames);
  }

  /** Leaves the group for each member; where that fails, its lease runs out by itself. */
  async end(): Promise<void> {
    const members = [...this.members.values()];
    await Promise.all(members.map((one) => one.leave({ deadline: leaveWithinMs }).catch(() => {})));
  }
}

/** What the members said whose answers were counted, in their order; the others have said nothing. */
export function statementsOf(answers: readonly Answer[]): readonly Statement[] {
  return answers.flatMap(({ agent, did, value, note }): Statement[] => {
    const noted = note === undefined ? {} : { note };
    if (did === 'proposed') return [{ agent, body: { value: value as Json, ...noted } }];
    return did === 'abstained' ? [{ agent, body: { abstain: true, ...noted } }] : [];
  });
}

/**
 * What the others said, in the order in which this member hears it: by the SHA-256 of "seed member other" as text. So each
 * member has an order of its own, nobody is first for all, and whoever knows the seed of the outcome finds the same. [Q9.14]
 */
export function heardBy(
  member: string,
  said: readonly Statement[],
  round: number,
  seed: number,
  withNames: boolean,
): readonly Heard[] {
  const place = (other: string): string =>
    createHash('sha256').update(`${seed} ${member} ${other}`).digest('hex');
  return said
    .filter(({ agent }) => agent !== member)
    .map(({ agent, body }) => ({ agent, body, at: place(agent) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ agent, body }) => ({ ...(withNames && { from: agent }), round, body }));
}

/** Whether each member answered as in the round before; what it wrote beside its value does not count. */
export function nobodyChanged(
  before: readonly Statement[],
  now: readonly Statement[],
  isSame: (a: Json, b: Json) => boolean,
): boolean {
  const earlier = new Map(before.map(({ agent, body }) => [agent, body]));
  return (
    before.length === now.length &&
    now.every(({ agent, body: { value } }) => {
      const body = earlier.get(agent);
      if (body === undefined) return false;
      const { value: valueBefore } = body;
      if (value === undefined || valueBefore === undefined) return value === valueBefore;
      return isSame(valueBefore, value);
    })
  );
}

/** How a round ended, for members who are to weigh what was said and not who said it, nor what stands first in a tally. */
export function endOf({ group, round, state, reason, value, eligible, present }: RoundJson): RoundEnd {
  return { group, round, state, reason, value, eligible, present };
}
