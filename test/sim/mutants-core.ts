import type { Command, Entry } from '../../src/core/entry.ts';
import type { Group, State } from '../../src/core/group/state.ts';
import type { Refusal } from '../../src/core/result.ts';
import type { Outcome } from '../../src/core/types.ts';
import { enough } from '../judge/threshold.ts';
import { type Core, inside, type Mutant } from './mutant.ts';

/** Bugs of `apply` itself: all servers agree on them, and only what the protocol says shows them. */

type Open<T> = { -readonly [K in keyof T]: T[K] };

/** Changes each outcome right after it was written. */
export function onOutcome(change: (outcome: Open<Outcome>) => void): Core {
  return ({ groups, index }, _entry, { changed }) => {
    for (const name of changed)
      for (const outcome of groups.get(name)?.closed.values() ?? [])
        if (outcome.index === index) change(outcome as Open<Outcome>);
  };
}

/** Whoever is known to a group, whether or not its lease is over. */
function freezeTheGone(group: Group, { time }: State): void {
  const { open } = group;
  if (open === null || open.electors === null || !('live' in open.rule.electorate) || open.openedAt !== time)
    return;
  const gone = [...group.members.values()].find((one) => !one.live && one.role === 'voter');
  if (gone !== undefined) open.electors = new Set([...open.electors, gone.agent]);
}

function failWhatDoublesCannotTell(outcome: Open<Outcome>): void {
  const { rule, state, reason, proposals } = outcome;
  if (
    typeof rule.equality !== 'object' ||
    !('tolerance' in rule.equality) ||
    state !== 'SUCCESS' ||
    reason !== 'agreed'
  )
    return;
  const { tolerance } = rule.equality;
  const numbers = [...proposals.values()].flatMap(({ value }) => (value === null ? [] : [Number(value)]));
  const most = Math.max(
    ...numbers.map((from) => numbers.filter((one) => one >= from && one - from <= tolerance).length),
  );
  if (rule.weights !== null || rule.of !== 'eligible' || enough(rule.threshold, most, outcome.eligible))
    return;
  Object.assign(outcome, { state: 'FAILED', reason: 'no-agreement', value: null });
}

function passSpeltVetoes(outcome: Open<Outcome>): void {
  const { rule, reason, proposals } = outcome;
  const said = rule.veto.map((agent) => proposals.get(agent)?.value);
  if (reason !== 'veto' || said.some((value) => value === 'false' || value === '"veto"')) return;
  const value = [...proposals.values()].find((one) => one.value !== null)?.value ?? null;
  Object.assign(outcome, { state: 'SUCCESS', reason: 'agreed', value });
}

type Propose = Extract<Command, { type: 'propose' }>;

/** Changes a proposal before it is written into the log, or refuses it. */
function onProposal(
  change: (command: Propose, group: Group | undefined) => Propose | Refusal,
): NonNullable<Mutant['replica']> {
  return (replica) => {
    const submit = replica.submit.bind(replica);
    inside(replica).submit = async (command, view) => {
      if (command.type !== 'propose') return submit(command, view);
      const changed = change(command, replica.state.groups.get(command.group));
      return 'ok' in changed ? view(changed, replica.state) : submit(changed, view);
    };
  };
}

export const coreMutants: readonly Mutant[] = [
  {
    name: 'an elector whose lease is over is frozen into a live electorate',
    killedBy: 'livingElectors',
    core: (state: State, _entry: Entry, { changed }) => {
      for (const name of changed) {
        const group = state.groups.get(name);
        if (group !== undefined) freezeTheGone(group, state);
      }
    },
  },
  { name: 'a veto counts in one spelling only', killedBy: 'validity', core: onOutcome(passSpeltVetoes) },
  {
    name: 'what was proposed under a token answers to anybody once its lease is over',
    killedBy: 'I19',
    replica: onProposal((command, group) => {
      const sealed = group?.open?.proposals.get(command.agent ?? '')?.tokenHash;
      const isLive = group?.members.get(command.agent ?? '')?.live === true;
      return isLive || !sealed ? command : { ...command, tokenHash: sealed };
    }),
  },
  {
    name: 'a key belongs to whichever agent sent it first',
    killedBy: 'I6',
    replica: onProposal((command, group) => {
      const used = [...(group?.keys.values() ?? [])].find(({ key }) => key === command.key);
      if (used === undefined || command.agent === null || used.agent === command.agent) return command;
      return { ok: false, code: 'key-reused', detail: 'this key came with another request before' };
    }),
  },
  {
    name: 'a tolerance is compared as doubles are',
    killedBy: 'validity',
    core: onOutcome(failWhatDoublesCannotTell),
  },
];
