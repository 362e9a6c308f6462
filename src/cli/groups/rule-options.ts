import { Option } from 'commander';
import type { Json } from '../../client/index.ts';
import { duration, jsonObject, jsonValue, names, values, whole } from '../arguments.ts';

/** The settings of a rule as options of commands. */

export const electorSize = 100_000;
const mostBytes = 16_384;
const presets = ['classroom', 'majority', 'unanimous', 'panel', 'gate', 'poker'];

export function presetOption(): Option {
  return choice('--preset <name>', 'a ready-made rule', presets);
}

/** The members of a rule as options. Only the server checks which members fit together. */
export function ruleOptions() {
  return {
    threshold: option(
      '--threshold <k>',
      'a number, majority, two-thirds, unanimous or a fraction as JSON',
      wordOrJson('majority', 'two-thirds', 'unanimous'),
    ),
    options: option(
      '--options <values>',
      'all that may be proposed, as in approve,reject, or as JSON, where {"value": 1, "label": "one"} names it; null for anything',
      valuesOrNull,
    ),
    wins: option('--wins <values>', 'the options that can be decided; null for all', valuesOrNull),
    of: choice('--of <whom>', 'whom the threshold counts', ['eligible', 'present', 'cast']),
    floor: option(
      '--floor <n>',
      'proposals needed before anything is decided, or {"present": 3, "cast": 2} where so many must be values',
      wordOrJson(),
    ),
    equality: option(
      '--equality <how>',
      'exact, text, {"set": true}, {"tolerance": 0.5}, {"relative": {"num": 1, "den": 10}} or {"field": "/answer", "by": one of these}',
      wordOrJson('exact', 'text'),
    ),
    decide: choice('--decide <what>', 'what of the numbers near each other', ['proposed', 'median', 'mean']),
    weights: option('--weights <json>', 'how much agents count, as in {"ann": 2}', jsonObject),
    close: choice('--close <when>', 'when all are in, or as soon as it is certain', ['all', 'early']),
    tie: option('--tie <how>', 'fail, seeded or {"priority": [values]}', wordOrJson('fail', 'seeded')),
    minWait: option('--min-wait <duration>', 'do not close a round before it is this old', duration),
    lastCall: option('--last-call <duration>', 'close this long after the floor is met', duration),
    deadline: option('--deadline <duration>', 'end each round after this long', duration),
    deadlineFrom: choice('--deadline-from <when>', 'what the deadline is counted from', [
      'open',
      'first-proposal',
    ]),
    onDeadline: option(
      '--on-deadline <how>',
      'fail, decide or {"default": value}',
      wordOrJson('fail', 'decide'),
    ),
    absent: choice('--absent <how>', 'whether who has left, or whose lease has run out, still counts', [
      'counts-against',
      'excluded',
    ]),
    reveal: choice('--reveal <when>', 'when proposals are shown', ['close', 'live', 'never']),
    revote: new Option('--revote', 'agents may change their mind until the close'),
    next: choice('--next <when>', 'when the next round opens', ['until-success', 'continuous', 'manual']),
    maxRounds: option('--max-rounds <n>', 'give up after so many rounds', whole(1, 1_000_000_000)),
    veto: option(
      '--veto <names>',
      'these agents can prevent a decision, by proposing false or "veto"',
      names,
    ),
    valueBytes: option(
      '--value-bytes <n>',
      'how long a value may be, where at most 1,000 may propose',
      whole(1, mostBytes),
    ),
    required: option('--required <names>', 'these agents must stand behind the decision', names),
  };
}

export type RuleMember = keyof ReturnType<typeof ruleOptions>;

export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}

export function option(flags: string, description: string, read: (text: string) => unknown): Option {
  return new Option(flags, description).argParser(read);
}

function wordOrJson(...words: readonly string[]): (text: string) => Json {
  return (text) => (words.includes(text) ? text : jsonValue(text));
}

function valuesOrNull(text: string): Json {
  return text === 'null' ? null : [...values(text)];
}

/** Those of the settings that a command line names. */
export function chosen(options: Partial<Record<RuleMember, Json>>, members: readonly RuleMember[]): object {
  // What a parser reads as null, commander hands on as an empty text.
  return given(
    Object.fromEntries(members.map((name) => [name, options[name] === '' ? null : options[name]])),
  );
}

export function given(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
