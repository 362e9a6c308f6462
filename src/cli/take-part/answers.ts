import { Option } from 'commander';
import type { About } from '../../agents/exec.ts';
import { type Pick, type Picked, picks } from '../../agents/pick.ts';
import type { Group, RoundJson } from '../../client/index.ts';
import { areEqual, readJson } from '../arguments.ts';
import { CliError, exit } from '../exit.ts';

/** What programs are told of a round, and how their answers are read: the same for `agent` and for `panel`. */

export const pickOption = (): Option =>
  new Option('--pick <how>', "how to read a value out of a program's output: see below").choices(
    Object.keys(picks),
  );

export const aboutPicking = `
Without --pick the whole output is the value: its JSON, or else its text. What a model answers has more in it:
  json       the one JSON object or array in the output
  fenced     the one block between lines of three backquotes: its JSON, or else its text
  number     the one number in the output or in its last line that stands by itself: 42, but not 1,000, 42% or 3rd
  option     the one option of the round that is a line by itself, or is behind a label: "Answer: approve"
  last-line  the last line: its JSON, or else its text
What can be read in two ways, or in none, is an abstention with that reason, never a vote.`;

/** The rounds of a group as its programs see them. */
export class Answers {
  private readonly group: Group;
  private readonly pick: Pick | undefined;
  private equality: RoundJson['equality'] = 'exact';
  private asked: { readonly round: number; readonly about: Promise<About> } | null = null;

  constructor(group: Group, pick: Pick | undefined) {
    this.group = group;
    this.pick = pick;
  }

  /** What a round is about. Many programs that ask for one round cost one look at it. */
  readonly about = (round: number): Promise<About> => {
    if (this.asked?.round !== round) this.asked = { round, about: this.look(round) };
    return this.asked.about;
  };

  /** Reads the value out of the output of a program. */
  readonly read = (output: string, { options }: About): Picked => {
    if (this.pick === undefined) return { value: readJson(output) ?? output };
    return picks[this.pick](output, {
      parse: readJson,
      options: options?.map(({ value }) => value) ?? null,
      isOption: (value, option) => areEqual(this.equality, value, option),
    });
  };

  private async look(round: number): Promise<About> {
    // The next round may have other options by now: the round's own count.
    const [{ title }, { options, equality }] = await Promise.all([
      this.group.show(),
      this.group.round(round),
    ]);
    if (options === null && this.pick === 'option') throw noOptions();
    this.equality = equality;
    return { title, options };
  }
}

export function noOptions(): CliError {
  const fix = 'give the group options, as in --options yes,no, or read answers in another way: --pick';
  return new CliError('The round has no options to pick from', fix, exit.usage);
}
