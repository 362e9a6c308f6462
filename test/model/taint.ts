import type { Command } from '../../src/core/entry.ts';
import { tellingFor } from '../../src/core/group/classroom.ts';
import { emptyState, type Group, type State } from '../../src/core/group/state.ts';
import type { Canonical, Settings } from '../../src/core/types.ts';
import { explain } from '../../src/core/view/explain.ts';
import {
  roundOf,
  viewAgent,
  viewGroup,
  viewInvite,
  viewLatest,
  viewProposal,
  viewRound,
} from '../../src/core/view/view.ts';
import { eventWriter, presentState } from '../../src/http/events/frames.ts';
import { proposalTable, roundTable } from '../../src/http/routes/csv.ts';
import { createCommand, newestVersion, proposal, run } from '../harness/entries.ts';

/**
 * Two histories of one blind round that differ only in what is hidden from one caller: the values and notes of the others. Until
 * the round closes in one of them, everything that the caller can read or provoke must be the same in both.
 * The one exception is what escalation itself tells: whether agents after `else` are waited for. [Q4.4] [Q4.25]
 */

/** Agents whose values are hidden from the caller; each has joined, by invite where the group asks for one, and proposes under its token. */
export const hidden = ['bob', 'cyd', 'dan', 'eve'] as const;
const caller = 'ann';

export interface Step {
  readonly kind:
    | 'hidden'
    | 'own'
    | 'probe'
    | 'squat'
    | 'usurp'
    | 'leave'
    | 'return'
    | 'reinvite'
    | 'waive'
    | 'extend'
    | 'revoke'
    | 'renew'
    | 'tick'
    | 'read';
  /** Which hidden agent it is about. */
  readonly who: number;
  readonly value: number;
  readonly wait: number;
  readonly numbered: boolean;
}

export interface Scenario {
  readonly settings: Settings;
  readonly values: readonly (Canonical | null)[];
  /** For each hidden agent the place of each of its values in the other history. */
  readonly swaps: readonly (readonly number[])[];
  readonly steps: readonly Step[];
}

/** How far two histories were compared: to the last step, to the close of one, or to where the escalation differs. */
export type End = 'whole' | 'closed' | 'escalated';

/** Throws where the caller could tell the histories apart. */
export function compare({ settings, values, swaps, steps }: Scenario): End {
  const one = new Side(
    settings,
    (_, value) => values[value] ?? null,
    () => ({}),
  );
  const other = new Side(
    settings,
    (who, value) => values[swaps[who]?.[value] ?? value] ?? null,
    (value) => (value === 0 ? {} : { note: 'n'.repeat(333 * value) }),
  );
  for (const [at, step] of steps.entries()) {
    const [mine, theirs] = [one.take(step, at), other.take(step, at)];
    if (!one.isOpen || !other.isOpen) return 'closed';
    const [seen, seenThere] = [one.seen(), other.seen()];
    if (mine === theirs && seen === seenThere) continue;
    const { rule } = settings;
    if (one.awaited !== other.awaited && !rule.revote) return 'escalated';
    const told = mine === theirs ? [seen, seenThere] : [mine, theirs];
    const where = [...(told[0] as string)].findIndex((char, i) => char !== told[1]?.[i]);
    const near = told.map((text) => `...${text.slice(Math.max(0, where - 80), where + 120)}...`);
    throw new Error(`after ${at + 1} steps the caller can tell them apart:\n${near.join('\n')}`);
  }
  return 'whole';
}

class Side {
  private readonly state: State = emptyState();
  private readonly secret: (who: number, value: number) => Canonical | null;
  /** The note beside a hidden value. [Q4.42] */
  private readonly noted: (value: number) => { note?: string };
  /** Those of whom a proposal is counted that was made under a token. */
  private readonly covered = new Set<string>();
  /** Of each agent the hash of its token. */
  private readonly tokens = new Map([caller, ...hidden].map((agent) => [agent as string, `token-${agent}`]));
  private time = 1_000_000;

  constructor(
    settings: Settings,
    secret: (who: number, value: number) => Canonical | null,
    noted: (value: number) => { note?: string },
  ) {
    this.secret = secret;
    this.noted = noted;
    run(this.state, [newestVersion], { time: this.time, seed: 0 });
    const keys = { joinKeyHash: 'key', observerKeyHash: 'observer-key' };
    this.say({ ...createCommand('g', settings), ...keys } as Command);
    for (const agent of [caller, ...hidden]) {
      for (const command of this.invited(agent, 0)) this.say(command);
      this.say(joinOf(agent, this.token(agent)));
    }
  }

  get isOpen(): boolean {
    return this.group.open?.number === 1;
  }

  /**
   * When something runs out next, as far as callers could see it: a tick is an entry of its own. A last call that hangs on a
   * floor of values is seen only by what it does: it ends the round. [Q4.7]
   */
  private get dueNext(): number | null {
    const { floor, lastCall } = this.group.settings.rule;
    return typeof floor === 'object' && lastCall !== null ? null : this.state.due.next;
  }

  /** Agents after `else` who are waited for. */
  get awaited(): string {
    const { electorate } = this.group.settings.rule;
    if (!('else' in electorate)) return '';
    const { else: last, ...first } = electorate;
    const names = (part: unknown): string[] => JSON.stringify(part).match(/"[a-z]+"/g) ?? [];
    const before = names(first);
    const after = names(last).filter((name) => !before.includes(name));
    const missing = viewRound(this.group, 1, 0)?.missing ?? [];
    return missing.filter((agent) => after.includes(JSON.stringify(agent))).join();
  }

  /** Does the step, and gives what the caller is told of it: all of its own commands, of others only the events. */
  take(step: Step, at: number): string {
    this.time += step.wait;
    const agent = hidden[step.who] as string;
    const seq = this.group.settings.rule.revote && step.numbered ? at + 1 : null;
    const mine = { ...proposal('g', 1, caller, this.guess(step)), seq, tokenHash: this.token(caller) };
    switch (step.kind) {
      case 'hidden': {
        const value = this.secret(step.who, step.value);
        const command = {
          ...proposal('g', 1, agent, value),
          seq,
          tokenHash: this.token(agent),
          key: `key-${agent}`,
          ...this.noted(step.value),
        };
        return this.say(command, false);
      }
      case 'own':
        return this.say(mine);
      case 'squat':
        return this.say({ ...mine, key: `key-${agent}` });
      case 'probe': {
        const tokenHash = step.numbered ? null : this.token(caller);
        // What was proposed without a live lease answers to anybody.
        if (!this.covered.has(agent)) return '';
        return this.say({ ...mine, agent, tokenHash, note: 'another' });
      }
      case 'usurp':
        return this.say(joinOf(agent, this.token(caller)));
      case 'leave':
        return this.say({ type: 'leave', group: 'g', agent, tokenHash: this.token(agent) }, false);
      case 'return':
        return this.say(joinOf(agent, this.token(agent)), false);
      case 'reinvite':
        return this.invited(agent, at + 1)
          .map((command) => this.say(command, false))
          .join('\n');
      case 'revoke':
        return this.say({ type: 'revoke-invite', group: 'g', agent, byKeyHash: null }, false);
      case 'renew':
        return this.say({ type: 'renew', group: 'g', agent: caller, tokenHash: this.token(caller) });
      case 'tick':
        return this.say({ type: 'tick' });
      // By whoever manages the group, who reads no more of a blind round than others do.
      case 'waive':
        return this.say({ type: 'waive', group: 'g', round: 1, agent, reason: 'away', ...byManager });
      case 'extend': {
        const deadline = step.value === 0 ? null : { after: step.value * 300 };
        return this.say({
          type: 'set-deadline',
          group: 'g',
          round: 1,
          deadline,
          ifRevision: null,
          ...byManager,
        });
      }
      case 'read':
        return this.say({ type: 'tell', group: 'g', reader: agent, identified: step.numbered });
    }
  }

  /** Everything that can be read of the group. */
  seen(): string {
    const { group, state } = this;
    const round = viewRound(group, 1, state.index);
    return JSON.stringify([
      viewGroup(group, state.index),
      round,
      viewLatest(group, state.index),
      round === null ? null : roundTable.row(round),
      this.proposals(),
      explain(group, 1),
      text(presentState('snapshot', group, state)),
      [...group.members.values()].map(viewAgent),
      [...group.invites.values()].map(viewInvite),
      [caller, ...hidden, 'stranger'].flatMap((reader) =>
        [false, true].map((identified) => tellingFor(group, reader, identified)),
      ),
      state.time,
      this.dueNext,
    ]);
  }

  /** The proposals of round 1 as they are listed. */
  private proposals(): unknown {
    const round = roundOf(this.group, 1);
    const seen =
      round && [...round.proposals.values()].map((one) => viewProposal(round, one, this.token(caller)));
    return [seen, seen?.map(proposalTable.row)];
  }

  private token(agent: string): string {
    return this.tokens.get(agent) as string;
  }

  /** Gives an agent another token by a new invite, where the group admits by invite. */
  private invited(agent: string, time: number): Command[] {
    if (this.state.groups.get('g')?.settings.admission !== 'invite') return [];
    const tokenHash = `token-${agent}-${time}`;
    this.tokens.set(agent, tokenHash);
    const about = { group: 'g', agent, secretHash: `secret-${agent}-${time}` };
    return [
      { type: 'put-invite', ...about, role: 'voter', byKeyHash: null },
      { type: 'redeem', ...about, tokenHash },
    ];
  }

  private guess({ value }: Step): Canonical | null {
    return this.secret(-1, value);
  }

  private get group(): Group {
    return this.state.groups.get('g') as Group;
  }

  private say(command: Command, own = true): string {
    const before = this.state.groups.get('g')?.open?.proposals.size ?? 0;
    const { results, events } = run(this.state, [command], { time: this.time, seed: this.state.index });
    const by = command.type === 'propose' ? (command.agent as string) : '';
    const isNew = (this.group.open?.proposals.size ?? 0) > before;
    if (isNew && this.group.members.get(by)?.live) this.covered.add(by);
    const told = events
      // Of a round that is over the values are known.
      .filter(({ type }) => type !== 'round-closed')
      .map((event) => text(eventWriter(this.group)(event)));
    return JSON.stringify([own ? results : null, told]);
  }
}

const byManager = { by: null, tokenHash: null };

function joinOf(agent: string, tokenHash: string): Command {
  return { type: 'join', group: 'g', agent, role: 'voter', ttl: 2000, tokenHash, joinKeyHash: null };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
