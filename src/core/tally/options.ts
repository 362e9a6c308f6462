import { classOf, type Misfit, misfit } from '../equality/equality.ts';
import { isVetoIn } from '../equality/veto.ts';
import { canonical } from '../json.ts';
import type { Canonical, Rule } from '../types.ts';
import { Spellings } from './spellings.ts';

/** Characters of the list of options in a refusal: the round that comes with it has them all. */
const mostListed = 400;

/** How the classes of equal values are spelt: see `Spellings`. */
type Wording = Pick<Spellings, 'count' | 'decided' | 'isCertain'>;

/** What may be proposed in a round, and what of it can be decided, by class of equal values. [Q4.32] [Q4.33] */
export class Options implements Wording {
  /** Classes that can be decided. */
  readonly winners: ReadonlySet<string>;
  private readonly equality: Rule['equality'];
  /** Each option's own spelling. */
  private readonly spellings: ReadonlyMap<string, Canonical>;

  constructor({ options = [], wins, equality }: Rule) {
    const pairs = options.map(
      ({ value }) => [classOf(equality, canonical(value)), canonical(value)] as const,
    );
    this.equality = equality;
    this.spellings = new Map(pairs);
    this.winners = new Set(
      wins === undefined ? this.spellings.keys() : wins.map((value) => classOf(equality, canonical(value))),
    );
  }

  /** The option that this value is equal to, as the option is spelt; undefined when it is none. */
  spelt(value: Canonical): Canonical | undefined {
    return this.spellings.get(classOf(this.equality, value));
  }

  /** How the option of this class is spelt. It was proposed in no other way. */
  decided(classText: string): Canonical {
    return this.spellings.get(classText) as Canonical;
  }

  /** The options, for who has proposed something else: in their order, of many or long ones the beginning. */
  get listed(): string {
    const all = [...this.spellings.values()].join(', ');
    return all.length <= mostListed ? all : `${all.slice(0, mostListed)} ...`;
  }

  isCertain(): boolean {
    return true;
  }

  /** Nothing to count: a proposal is spelt as its option before it is counted. */
  count(): void {}
}

/** Null where anything may be proposed. */
export function optionsOf(rule: Rule): Options | null {
  return rule.options === undefined ? null : new Options(rule);
}

export function wordingOf(rule: Rule): Wording {
  return optionsOf(rule) ?? new Spellings(rule.equality);
}

/** Why a value cannot be proposed in a round. */
export type Objection = 'not-an-option' | Misfit;

/**
 * Why the agent may not propose this value; null when it may. A veto by who has the right is taken whatever the rule offers or
 * compares. [Q4.32]
 */
export function objectionTo(
  { equality, veto }: Rule,
  options: Options | null,
  agent: string,
  value: Canonical | null,
): Objection | null {
  if (value === null) return null;
  const wrong =
    options === null ? misfit(equality, value) : options.spelt(value) === undefined ? 'not-an-option' : null;
  return wrong !== null && veto.includes(agent) && isVetoIn(equality, value) ? null : wrong;
}
