import type { Entry } from '../../src/core/entry.ts';
import type { Group, Round, State } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import { type Answer, open as undecided } from '../../src/core/tally/count.ts';
import { EqualCount } from '../../src/core/tally/equal-values.ts';
import { Spellings } from '../../src/core/tally/spellings.ts';
import { Tally } from '../../src/core/tally/tally.ts';
import type { Outcome, Rule } from '../../src/core/types.ts';
import { type Core, type Mutant, patched } from './mutant.ts';
import { onOutcome } from './mutants-core.ts';

/** Bugs of options, winners, floors, waivers, deadlines and of what is decided: what implementers are known to get wrong. */

type Command = Entry['commands'][number];
type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** Does something to the open round of the group after each command of this type, given what was answered. */
function after<T extends Command['type']>(
  type: T,
  change: (round: Round, command: Of<T>, result: Result, group: Group) => void,
): Core {
  return (state, { commands }, { results }) =>
    commands.forEach((command, i) => {
      if (command.type !== type) return;
      const group = state.groups.get((command as { group: string }).group);
      if (group?.open) change(group.open, command as Of<T>, results[i] as Result, group);
    });
}

/** Has early answers under rules with winners be put off where they are so. */
function puttingOff(which: Answer['is']): () => () => void {
  return () =>
    patched(EqualCount.prototype, 'certain', (real) => {
      return function (this: { rule: Rule }, turnout: { missing: number }): unknown {
        const answer = (real as (turnout: object) => Answer).call(this as never, turnout);
        const isPutOff = this.rule.wins !== undefined && turnout.missing > 0 && answer.is === which;
        return isPutOff ? undecided : answer;
      } as never;
    });
}

/** A value that cannot win keeps one as heavy from winning. */
function tieWithLosers(outcome: { -readonly [K in keyof Outcome]: Outcome[K] }): void {
  const { rule, proposals, value, reason } = outcome;
  if (rule.wins === undefined || rule.weights !== null || reason !== 'agreed') return;
  const count = (text: string | null): number =>
    [...proposals.values()].filter((one) => one.value === text).length;
  const others = [...proposals.values()].filter((one) => one.value !== null && one.value !== value);
  if (others.some((one) => count(one.value) >= count(value)))
    Object.assign(outcome, { state: 'FAILED', reason: 'tie', value: null });
}

/** The mean of the doubles instead of the decimals, where it is another. */
function meanOfDoubles(outcome: { -readonly [K in keyof Outcome]: Outcome[K] }): void {
  const { rule, proposals, value } = outcome;
  if (rule.decide !== 'mean' || rule.weights !== null || value === null) return;
  const numbers = [...proposals.values()]
    .flatMap((one) => (one.value === null ? [] : [Number(one.value)]))
    .sort();
  const means = numbers.flatMap((_, from) =>
    numbers.slice(from).map((__, more) => {
      const inside = numbers.slice(from, from + more + 1);
      return inside.reduce((sum, one) => sum + one, 0) / inside.length;
    }),
  );
  const near = means.find((mean) => mean !== Number(value) && Math.abs(mean - Number(value)) < 1e-6);
  if (near !== undefined) outcome.value = JSON.stringify(near);
}

function waive(round: Round, { agent, reason }: Of<'waive'>, time: number): void {
  round.waived = new Map(round.waived).set(agent, { agent, by: null, reason, time });
  round.eligible -= 1;
}

/** Takes the waiver of whoever proposes now back, so that the proposal is counted. */
function unwaiveProposers(state: State, { commands }: Entry): void {
  for (const command of commands) {
    if (command.type !== 'propose' || command.agent === null) continue;
    const round = state.groups.get(command.group)?.open;
    if (!round?.waived.has(command.agent)) continue;
    const waived = new Map(round.waived);
    waived.delete(command.agent);
    round.waived = waived;
    round.eligible += 1;
  }
}

export const ruleMutants: readonly Mutant[] = [
  {
    name: 'with winners, an early success waits for what cannot win',
    killedBy: 'earlyInTime',
    patch: puttingOff('won'),
  },
  { name: 'winners are ignored in early failure', killedBy: 'earlyInTime', patch: puttingOff('lost') },
  {
    name: 'a value that cannot win ties with one that can',
    killedBy: 'validity',
    core: onOutcome(tieWithLosers),
  },
  {
    name: 'a winner that nobody has proposed is no rival',
    killedBy: 'earlyWasCertain',
    patch: () => patched(EqualCount.prototype, 'winsEveryTie', () => (() => true) as never),
  },
  {
    name: 'who is waived and absent is taken out twice',
    killedBy: 'validity',
    core: after('waive', (round, { agent }, result) => {
      const isNew = result.ok && result.did === 'waived' && round.rule.absent === 'excluded';
      if (isNew && round.waived.has(agent)) round.eligible -= 1;
    }),
  },
  {
    name: 'whoever has proposed may be waived',
    killedBy: 'electorsOnly',
    core: after('waive', (round, command, result) => {
      if (!result.ok && result.code === 'already-proposed') waive(round, command, round.openedAt);
    }),
  },
  {
    name: 'a proposal by somebody who was waived is counted',
    killedBy: 'I20',
    before: unwaiveProposers,
  },
  {
    name: 'who is waived stays in the denominator',
    killedBy: 'validity',
    core: after('waive', (round, _, result) => {
      if (result.ok && result.did === 'waived') round.eligible += 1;
    }),
  },
  {
    name: 'a floor of values is met by whoever is present',
    killedBy: 'validity',
    patch: () => {
      const real = Object.getOwnPropertyDescriptor(Tally.prototype, 'isFloorMet') as PropertyDescriptor;
      const get = function (this: { rule: Rule; present: number }): boolean {
        const { floor } = this.rule;
        return this.present >= (typeof floor === 'number' ? floor : Math.max(floor.present, floor.cast));
      };
      Object.defineProperty(Tally.prototype, 'isFloorMet', { ...real, get });
      return () => Object.defineProperty(Tally.prototype, 'isFloorMet', real);
    },
  },
  {
    name: 'a deadline runs from the opening, whatever the rule says',
    killedBy: 'deadlinesHold',
    before: ({ groups }) => {
      for (const { open } of groups.values())
        if (open !== null && open.rule.deadlineFrom !== undefined) open.firstAt ??= open.openedAt;
    },
  },
  {
    name: 'a first proposal takes the place of the deadline that was set',
    killedBy: 'I20',
    core: after('propose', (round, _, result) => {
      if (result.ok && result.did === 'proposed' && round.proposals.size === 1 && round.rule.deadlineFrom)
        round.deadlineSet = null;
    }),
  },
  {
    name: 'an option is counted as it was spelt',
    killedBy: 'optionsOnly',
    core: after('propose', (round, { agent, value }) => {
      const own = round.proposals.get(agent ?? '');
      if (own === undefined || round.rule.options === undefined) return;
      (round.proposals as Map<string, typeof own>).set(own.agent, { ...own, value });
    }),
  },
  {
    name: 'whose whole value is decided is taken for certain',
    killedBy: 'earlyWasCertain',
    patch: () => patched(Spellings.prototype, 'isCertain', () => (() => true) as never),
  },
  { name: 'a mean is worked out in doubles', killedBy: 'validity', core: onOutcome(meanOfDoubles) },
  {
    name: 'an invite is used twice',
    killedBy: 'I21',
    before: ({ groups }, { commands }) => {
      for (const command of commands) {
        const group = command.type === 'redeem' ? groups.get(command.group) : undefined;
        const invite = command.type === 'redeem' ? group?.invites.get(command.agent) : undefined;
        if (group === undefined || invite?.state !== 'redeemed') continue;
        const again = { ...invite, state: 'open', tokenHash: null } as const;
        group.invites = new Map(group.invites).set(invite.agent, again);
      }
    },
  },
  {
    name: 'a blind round shows a note',
    killedBy: 'I11',
    response: (response, request, replica) => {
      const group = replica.state.groups.get(request.path.split('/')[3] ?? '');
      const note = [...(group?.open?.proposals.values() ?? [])].find((one) => one.note !== undefined)?.note;
      if (!response.text.startsWith('{"group"') || note === undefined) return response;
      return { ...response, text: response.text.replace('"explain":"', `"explain":"${note} `) };
    },
  },
];
