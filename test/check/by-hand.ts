import type { Applied } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import type { Outcome } from '../../src/core/types.ts';

/**
 * I21: an invite gives one token, until its agent is invited again or it is revoked; only that token proposes. [Q5.15] [Q5.16]
 * I20: what was done to a round by hand stands in its outcome: the deadline that was set last, how often one was set, and
 * each waiver. [Q4.36] [Q4.37]
 */
export class ByHandCheck {
  private readonly deadlines = new Map<string, { readonly at: number | null; readonly times: number }>();
  private readonly waivers = new Map<string, string[]>();
  /** The token that the invite of a name gave, by its hash: group, agent. */
  private readonly tokens = new Map<string, string>();
  private readonly blame: (invariant: string, text: string) => void;
  private readonly count: (what: string) => void;

  constructor(blame: (invariant: string, text: string) => void, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
  }

  entry({ commands }: Entry, { results, events }: Applied, state: State): void {
    // A group of the same name is another: its rounds begin anew. What ends in the entry of a deletion nobody can read.
    const deleted = new Set(events.flatMap((one) => (one.type === 'group-deleted' ? [one.group] : [])));
    for (const group of deleted) this.forget(group);
    commands.forEach((command, i) => {
      if (!('group' in command) || command.group === null || deleted.has(command.group)) return;
      this.note(command, results[i], state);
      this.invited(command, results[i], state);
    });
    for (const { type, group, round } of events) {
      const outcome = type === 'round-closed' && state.groups.get(group)?.closed.get(round ?? 0);
      if (outcome && outcome.index === state.index && !deleted.has(group)) this.closed(group, outcome);
    }
  }

  private note(command: Command, result: Result | undefined, state: State): void {
    if (result?.ok !== true) return;
    if (command.type === 'set-deadline' && result.did === 'deadline-set') {
      const { group, round, deadline } = command;
      const key = `${group} ${round}`;
      const at = deadline === null ? null : 'at' in deadline ? deadline.at : state.time + deadline.after;
      this.deadlines.set(key, { at, times: (this.deadlines.get(key)?.times ?? 0) + 1 });
      this.count('deadline set by hand');
    }
    if (command.type === 'waive' && result.did === 'waived') {
      const key = `${command.group} ${command.round}`;
      this.waivers.set(key, [...(this.waivers.get(key) ?? []), command.agent]);
      this.count('elector waived');
    }
  }

  private invited(command: Command, result: Result | undefined, state: State): void {
    if (result?.ok !== true || !('agent' in command) || command.agent === null) return;
    const { group, agent, type } = command;
    const key = `${group} ${agent}`;
    const token = this.tokens.get(key);
    if (type === 'revoke-invite' || (type === 'put-invite' && result.did === 'invited'))
      this.tokens.delete(key);
    if (type === 'redeem') {
      if (token !== undefined && token !== command.tokenHash)
        this.blame('I21', `the invite of ${key} gave a second token at ${state.index}`);
      this.tokens.set(key, command.tokenHash);
      this.count('invite redeemed');
    }
    const isByInvite = state.groups.get(group)?.settings.admission === 'invite';
    if (type !== 'propose' || !isByInvite || result.did === 'repeated') return;
    if (command.tokenHash !== token)
      this.blame('I21', `${key} proposed at ${state.index} under no token of its invite`);
  }

  private closed(group: string, outcome: Outcome): void {
    const { round, deadlineAt, deadlineSet, waived, rule, electors, openedAt } = outcome;
    const key = `${group} ${round}`;
    const set = this.deadlines.get(key);
    // While a live electorate gathers no deadline runs.
    const gathers = 'live' in rule.electorate && electors === null;
    // A default is taken no sooner after the opening than the rule says.
    const least = typeof rule.onDeadline === 'object' ? openedAt + (rule.deadline ?? 0) : 0;
    const due = set === undefined || set.at === null ? null : Math.max(set.at, least);
    const isRight = set === undefined || gathers ? true : deadlineAt === due;
    if (!isRight || deadlineSet?.times !== set?.times)
      this.blame(
        'I20',
        `round ${key} ended with ${deadlineAt} ${JSON.stringify(deadlineSet)}, set was ${JSON.stringify(set)}`,
      );
    const has = [...waived.keys()].sort().join();
    const out = [...(this.waivers.get(key) ?? [])].sort().join();
    if (has !== out)
      this.blame('I20', `round ${key} ended without ${has || 'nobody'}, waived were ${out || 'nobody'}`);
  }

  private forget(group: string): void {
    for (const map of [this.deadlines, this.waivers, this.tokens])
      for (const key of map.keys()) if (key.startsWith(`${group} `)) map.delete(key);
  }
}
