import { classOf, misfit, nearOf } from '../equality/equality.ts';
import { isVetoIn } from '../equality/veto.ts';
import { canonical } from '../json.ts';
import type { Equality, Json, Rule } from '../types.ts';

/** Settings about values that are each fine and cannot both be meant. [Q4.31] */

interface Contradiction {
  readonly between: readonly [string, string];
  /** The fix, where the rule contradicts itself so; else null. */
  readonly fix: (rule: Rule) => string | null;
}

export const valueContradictions: readonly Contradiction[] = [
  {
    between: ['options', 'equality'],
    fix: ({ options = [], equality }) =>
      misfitIn(
        equality,
        options.map(({ value }) => value),
        'leave it out, or compare values in another way',
      ),
  },
  {
    between: ['options', 'equality'],
    fix: ({ options = [], equality }) => {
      const classes = options.map(({ value }) => nameOf(equality, value));
      const twice = options.filter((_, i) => classes.indexOf(classes[i] as string) < i);
      return firstOf(
        twice.map(({ value }) => value),
        (value) => `${value} is equal to an option before it: leave one of them out`,
      );
    },
  },
  {
    between: ['wins', 'options'],
    fix: ({ wins, options, equality }) => {
      if (wins === undefined) return null;
      if (options === undefined) return 'say what may be proposed: write options, or set wins: null';
      const values = options.map(({ value }) => value);
      const strange = outside(equality, wins, values);
      return firstOf(strange, (value) => `${value} is no option: add it there, or take it out of wins`);
    },
  },
  {
    between: ['wins', 'equality'],
    fix: ({ wins, equality }) =>
      wins !== undefined && nearOf(equality) !== null
        ? 'numbers near each other may be some that win and some that do not: leave wins out, or the tolerance'
        : null,
  },
  {
    between: ['wins', 'veto'],
    fix: ({ wins = [], veto, equality }) =>
      veto.length === 0
        ? null
        : firstOf(
            wins.filter((value) => isVetoIn(equality, canonical(value))),
            (value) => `${value} is a veto and cannot win: take it out of wins, or leave veto out`,
          ),
  },
  {
    between: ['tie', 'equality'],
    fix: ({ tie, equality }) => misfitIn(equality, prioritiesIn(tie), 'take it out of priority'),
  },
  {
    between: ['tie', 'options'],
    fix: ({ tie, options, equality }) =>
      options === undefined
        ? null
        : firstOf(
            outside(
              equality,
              prioritiesIn(tie),
              options.map(({ value }) => value),
            ),
            (value) => `${value} is no option: take it out of priority, or add it to the options`,
          ),
  },
  {
    between: ['tie', 'wins'],
    fix: ({ tie, wins, equality }) =>
      wins === undefined
        ? null
        : firstOf(
            outside(equality, prioritiesIn(tie), wins),
            (value) => `${value} cannot win: take it out of priority, or add it to wins`,
          ),
  },
  {
    between: ['onDeadline', 'options'],
    fix: ({ onDeadline, options, equality }) =>
      options === undefined || typeof onDeadline !== 'object'
        ? null
        : firstOf(
            outside(
              equality,
              [onDeadline.default],
              options.map(({ value }) => value),
            ),
            (value) => `${value} is no option: use one of them as the default`,
          ),
  },
  {
    between: ['onDeadline', 'wins'],
    fix: ({ onDeadline, wins, equality }) =>
      wins === undefined || typeof onDeadline !== 'object'
        ? null
        : firstOf(
            outside(equality, [onDeadline.default], wins),
            (value) => `${value} may not win: use one of wins as the default, or add it there`,
          ),
  },
  {
    between: ['decide', 'equality'],
    fix: ({ decide, equality }) =>
      decide === undefined || (typeof equality === 'object' && 'tolerance' in equality)
        ? null
        : `only numbers near each other have a ${decide}: use equality {"tolerance": 0.5}, or decide "proposed"`,
  },
  {
    between: ['decide', 'wins'],
    fix: ({ decide, wins }) =>
      decide === undefined || wins === undefined
        ? null
        : `a ${decide} may be a number that is not among wins: use decide "proposed", or leave wins out`,
  },
];

/** Why the first of these values that cannot be compared cannot, and what to do; null where all can. */
function misfitIn(equality: Equality, values: readonly Json[], fix: string): string | null {
  const unfit = values.filter((value) => misfit(equality, canonical(value)) !== null);
  return firstOf(unfit, (value) =>
    misfit(equality, canonical(unfit[0] as Json)) === 'no-such-field'
      ? `${value} has no such part: ${fix}`
      : `${value} is no number where numbers are compared: ${fix}`,
  );
}

/** A sentence about the first of these values, shortened; null where there is none. */
function firstOf(values: readonly Json[], says: (value: string) => string): string | null {
  const [first] = values;
  return first === undefined ? null : says(canonical(first).slice(0, 80));
}

function prioritiesIn(tie: Rule['tie']): readonly Json[] {
  return typeof tie === 'object' ? tie.priority : [];
}

/** Those of the values that are equal to none of the known ones. */
function outside(equality: Equality, values: readonly Json[], known: readonly Json[]): readonly Json[] {
  const names = new Set(known.map((value) => nameOf(equality, value)));
  return values.filter((value) => !names.has(nameOf(equality, value)));
}

/** The text that a value shares with those equal to it; what cannot be compared is equal to itself alone. */
function nameOf(equality: Equality, value: Json): string {
  return misfit(equality, canonical(value)) === null
    ? classOf(equality, canonical(value))
    : `not comparable: ${canonical(value)}`;
}
