import type { Applied } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';

/** What is known of the claims on one decision, from the answers alone. */
interface Known {
  fence: number;
  lease: number;
  until: number;
  isBack: boolean;
  /** The result with which it was spent. */
  spent: string | null;
}

/** What was known of a group before the entry that is looked at. */
interface Before {
  readonly latest: number;
  readonly lastSuccess: number;
}

/**
 * I30: a decision is spent once, under the highest fence that was given; nobody else holds the claim meanwhile, each claim has a
 * higher fence than all before, and none is given on a decision that no longer stands. [Q10.1] [Q10.4] [Q10.7] [Q10.11]
 */
export class ClaimsCheck {
  private readonly claims = new Map<string, Known>();
  /** The highest fence in a group, also in those of its name before. */
  private readonly highest = new Map<string, number>();
  private readonly before = new Map<string, Before>();
  private readonly blame: (invariant: string, text: string) => void;
  private readonly count: (what: string) => void;

  constructor(blame: (invariant: string, text: string) => void, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
  }

  entry({ commands }: Entry, { results, events, changed }: Applied, state: State): void {
    const deleted = new Set(events.flatMap((one) => (one.type === 'group-deleted' ? [one.group] : [])));
    for (const group of deleted) this.forget(group);
    commands.forEach((command, i) => {
      const result = results[i];
      if (!('group' in command) || command.group === null || deleted.has(command.group)) return;
      if (result === undefined) return;
      if (command.type === 'claim') this.taken(command, result, state);
      else if ('fence' in command && 'round' in command) this.used(command, result, state);
    });
    for (const { type } of events) if (type === 'claim-lapsed') this.count('claim run out');
    for (const name of changed) {
      const group = state.groups.get(name);
      if (group === undefined) continue;
      const decided = [...group.closed.values()].filter((one) => one.state === 'SUCCESS').at(-1);
      const lastSuccess = Math.max(decided?.round ?? 0, this.before.get(name)?.lastSuccess ?? 0);
      this.before.set(name, { latest: group.round, lastSuccess });
    }
  }

  private taken(command: Extract<Command, { type: 'claim' }>, result: Result, state: State): void {
    const { group, round, lease } = command;
    const key = `${group} ${round}`;
    const known = this.claims.get(key);
    if (!result.ok) {
      if (result.code === 'spent' && known?.spent == null)
        this.blame('I30', `${key} counts as spent and is not`);
      return;
    }
    if (!('fence' in result)) return;
    const { fence } = result;
    const at = `${key} was claimed at ${state.index}`;
    if (known?.spent != null) this.blame('I30', `${at} and had been spent`);
    if (result.did === 'claimed-before') {
      if (known?.fence !== fence) this.blame('I30', `${at} again with fence ${fence}, not ${known?.fence}`);
      return;
    }
    const isHeld = known !== undefined && !known.isBack && known.until > state.time;
    if (isHeld) this.blame('I30', `${at} while fence ${known.fence} was held`);
    if (fence !== state.index || fence <= (this.highest.get(group) ?? 0))
      this.blame('I30', `${at} with fence ${fence}, after ${this.highest.get(group)}`);
    this.stands(group, round, state);
    this.highest.set(group, fence);
    this.claims.set(key, { fence, lease, until: state.time + lease, isBack: false, spent: null });
    this.count(known === undefined ? 'claim taken' : 'claim passed on');
  }

  private stands(group: string, round: number, state: State): void {
    const { latest, lastSuccess } = this.before.get(group) ?? { latest: 0, lastSuccess: 0 };
    const outcome = state.groups.get(group)?.closed.get(round);
    const isAsked = latest > round && outcome?.rule.next !== 'continuous';
    if (outcome !== undefined && (isAsked || lastSuccess > round))
      this.blame('I30', `round ${round} of ${group} was claimed at ${state.index} and no longer stands`);
  }

  private used(
    command: Extract<Command, { fence: number; round: number }>,
    result: Result,
    state: State,
  ): void {
    const { group, round, fence, type } = command;
    const key = `${group} ${round}`;
    const known = this.claims.get(key);
    if (!result.ok) {
      if (result.code === 'stale-fence') this.count('stale fence refused');
      return;
    }
    if (known === undefined || known.fence !== fence || (known.isBack && type !== 'give-back-claim'))
      return void this.blame(
        'I30',
        `${type} of ${key} at ${state.index} under fence ${fence}, not ${known?.fence}`,
      );
    if (type === 'renew-claim') known.until = Math.max(known.until, state.time + known.lease);
    if (type === 'give-back-claim') known.isBack = true;
    if (type !== 'spend-claim') return;
    if (known.spent !== null && (result.did === 'spent' || known.spent !== command.result))
      this.blame('I30', `${key} was spent again at ${state.index}`);
    if (known.spent === null) this.count('decision spent');
    known.spent = command.result;
  }

  private forget(group: string): void {
    this.before.delete(group);
    for (const key of this.claims.keys()) if (key.startsWith(`${group} `)) this.claims.delete(key);
  }
}
