import type { Command } from '../entry.ts';
import { nearOf } from '../equality/equality.ts';
import { byteLength } from '../json.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../result.ts';
import { objectionTo } from '../tally/options.ts';
import type { Canonical, Equality } from '../types.ts';
import type { Context } from './context.ts';
import { refuse } from './refuse.ts';
import type { Group, Round } from './state.ts';

type Propose = Extract<Command, { type: 'propose' }>;

/** The command with its value as this round, open or closed, counts it: the option that it is equal to, else itself. [Q4.32] */
export function countedIn({ state }: Context, group: Group, number: number, command: Propose): Propose {
  const round = group.open?.number === number ? group.open : group.closed.get(number);
  const options = round === undefined ? null : state.interned.options(round.rule);
  if (options === null || command.value === null) return command;
  return { ...command, value: options.spelt(command.value) ?? command.value };
}

/** The refusal of a value that cannot be proposed in this round, or null. An agent with a veto may always use it. [Q4.32] */
export function valueRefusal(
  { state }: Context,
  round: Round,
  agent: string,
  value: Canonical | null,
): Refusal | null {
  const { rule, number } = round;
  if (value === null) return null;
  const { valueBytes = limits.valueBytes } = rule;
  // A text has at most three bytes for each of its characters.
  if (value.length * 3 > valueBytes && byteLength(value) > valueBytes) {
    const detail = `the value takes ${byteLength(value)} bytes, the limit of this round is ${valueBytes}`;
    return refuse('too-large', detail, number);
  }
  const options = state.interned.options(rule);
  const wrong = objectionTo(rule, options, agent, value);
  if (wrong === null) return null;
  const detail =
    options === null
      ? `this group compares ${whatIsCompared(rule.equality)}`
      : `round ${number} offers ${options.listed}`;
  return refuse(wrong, detail, number);
}

/** What of a value is compared, as far as not every value has it. */
function whatIsCompared(equality: Equality): string {
  const what = nearOf(equality) === null ? 'the part' : 'numbers within a tolerance';
  return typeof equality === 'object' && 'field' in equality ? `${what} at ${equality.field}` : what;
}
