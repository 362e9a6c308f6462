import { agentName, agentNamed, isMessageName } from './names.ts';
import type { Fate, RunRecord } from './types.ts';

/** The exercise as it is given out: three agents, numbers from 1 to 10, two equal numbers decide, nothing goes wrong. */
export const standard: RunRecord = {
  seed: 1,
  agents: 3,
  quorum: 2,
  max: 10,
  clients: 'anonymous',
  replies: 'at-once',
  loss: 0,
  delay: 0,
  duplication: 0,
  crash: 0,
  fates: new Map(),
  turns: null,
  draws: null,
};

/** The least and the most of each setting that is a number. More agents would leave no room in a diagram; above these percentages little happens. */
export const bounds = {
  seed: [0, 2 ** 32 - 1],
  agents: [2, 10],
  quorum: [2, 10],
  max: [1, 1000],
  loss: [0, 50],
  delay: [0, 50],
  duplication: [0, 50],
  crash: [0, 20],
} as const;

type NumberField = keyof typeof bounds;

const clients = ['anonymous', 'named'] as const;
const replies = ['at-once', 'any-time'] as const;
const fateNames: readonly Fate[] = ['arrive', 'drop', 'delay', 'duplicate', 'crash'];
/** Of one list in an address. */
const mostCharacters = 10_000;

/** What is wrong with a field of an address. The field is left at its default. */
export type Problem =
  | {
      readonly field: string;
      readonly problem: 'not-a-whole-number' | 'out-of-range';
      readonly least: number;
      readonly most: number;
    }
  | { readonly field: string; readonly problem: 'not-one-of'; readonly allowed: readonly string[] }
  /** `example`: how such a field is written. */
  | { readonly field: string; readonly problem: 'not-readable'; readonly example: string };

/** The record as the query of an address, without the question mark; what is as in `standard` is left out. */
export function encode(record: RunRecord): string {
  const query = new URLSearchParams();
  const { fates, turns, draws, ...single } = record;
  for (const [field, value] of Object.entries(single))
    if (value !== standard[field as keyof RunRecord]) query.set(field, String(value));
  if (fates.size > 0) query.set('fates', [...fates].map(([name, fate]) => `${name}-${fate}`).join('.'));
  if (turns !== null) query.set('turns', turns.map(agentName).join(''));
  if (draws !== null) query.set('draws', draws.map((one) => one.join('-')).join('.'));
  return query.toString();
}

/** A record, whatever the query says; each field that cannot be used is left at its default and reported. */
export function decode(query: string): { readonly record: RunRecord; readonly problems: readonly Problem[] } {
  const reader = new Reader(new URLSearchParams(query));
  const agents = reader.number('agents');
  const max = reader.number('max');
  const record: RunRecord = {
    seed: reader.number('seed'),
    agents,
    quorum: reader.number('quorum', agents),
    max,
    clients: reader.word('clients', clients),
    replies: reader.word('replies', replies),
    loss: reader.number('loss'),
    delay: reader.number('delay'),
    duplication: reader.number('duplication'),
    crash: reader.number('crash'),
    fates: reader.list('fates', 'A3-drop.B2r-delay', fatesIn) ?? standard.fates,
    turns: reader.list('turns', 'ABCA', (text) => turnsIn(text, agents)),
    draws: reader.list('draws', '2-6.9.9', (text) => drawsIn(text, agents, max)),
  };
  return { record, problems: reader.problems };
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  number(field: NumberField, mostNow: number = bounds[field][1]): number {
    const text = this.#query.get(field);
    if (text === null) return standard[field];
    const [least] = bounds[field];
    const value = numberIn(text);
    if (value !== null && value >= least && value <= mostNow) return value;
    const problem = value === null ? 'not-a-whole-number' : 'out-of-range';
    this.problems.push({ field, problem, least, most: mostNow });
    return standard[field];
  }

  word<Word extends string>(field: 'clients' | 'replies', allowed: readonly Word[]): Word {
    const text = this.#query.get(field);
    const word = allowed.find((one) => one === text);
    if (text !== null && word === undefined) this.problems.push({ field, problem: 'not-one-of', allowed });
    return word ?? (allowed[0] as Word);
  }

  /** What `read` makes of the field; null where it is not there, or `read` can make nothing of it. */
  list<List>(field: string, example: string, read: (text: string) => List | null): List | null {
    const text = this.#query.get(field);
    if (text === null) return null;
    const list = text.length > mostCharacters ? null : read(text);
    if (list === null) this.problems.push({ field, problem: 'not-readable', example });
    return list;
  }
}

function fatesIn(text: string): ReadonlyMap<string, Fate> | null {
  const fates = new Map<string, Fate>();
  for (const part of text === '' ? [] : text.split('.')) {
    const [name = '', word, ...more] = part.split('-');
    const fate = fateNames.find((one) => one === word);
    if (fate === undefined || more.length > 0 || !isMessageName(name)) return null;
    fates.set(name, fate);
  }
  return fates;
}

function turnsIn(text: string, agents: number): number[] | null {
  const turns = [...text].map(agentNamed);
  return turns.every((agent) => agent >= 0 && agent < agents) ? turns : null;
}

function drawsIn(text: string, agents: number, max: number): number[][] | null {
  const draws: number[][] = [];
  for (const part of text.split('.')) {
    const numbers = part === '' ? [] : part.split('-').map(numberIn);
    const known = numbers.filter((number) => number !== null);
    if (known.length < numbers.length || known.some((number) => number < 1 || number > max)) return null;
    draws.push(known);
  }
  return draws.length <= agents ? draws : null;
}

/** The whole number that this text is, written without signs and leading zeros; or null. */
function numberIn(text: string): number | null {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 && String(value) === text ? value : null;
}
