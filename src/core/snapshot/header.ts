import { Newer } from '../entry.ts';
import type { Interned, RecordHeader } from '../group/interned.ts';
import type { Rule } from '../types.ts';
import { inChunks } from './json-in-chunks.ts';

/**
 * The two lines above the record of a group or round: the version, and the rules that the record names by number, 0 being
 * the first. So a thousand rounds do not repeat a rule.
 */

/** The version of records that this code writes, and the oldest that it reads: there proposals do not say when they came. */
export const snapshotVersion = 3;
export const withoutTimes = 2;

/** Throws when a record has a version that this code does not read. `what`: "group record". */
export function checkVersion(what: string, version: number): void {
  if (version >= withoutTimes && version <= snapshotVersion) return;
  const Kind = version > snapshotVersion ? Newer : Error;
  throw new Kind(`a ${what} has version ${version}, this server understands ${snapshotVersion}`);
}

/** The rules of a record, each once. */
export class RuleList {
  readonly texts: string[] = [];
  private readonly numbers = new Map<Rule, number>();

  constructor(own: Rule) {
    this.number(own);
  }

  number(rule: Rule): number {
    const known = this.numbers.get(rule);
    if (known !== undefined) return known;
    // Equal rules of different origin get one number, or equal states would give different texts.
    const text = JSON.stringify(rule);
    let number = this.texts.indexOf(text);
    if (number === -1) number = this.texts.push(text) - 1;
    this.numbers.set(rule, number);
    return number;
  }
}

export function headerText(rules: RuleList): string {
  return `${snapshotVersion}\n[${rules.texts.join()}]\n`;
}

/** The record without the parts at its end that are null: they say nothing, and older records do not have them. */
export function shortened<T extends readonly unknown[]>(record: T): T {
  let { length } = record;
  while (record[length - 1] === null) length -= 1;
  return record.slice(0, length) as unknown as T;
}

/** The header that a text begins with. Throws on one of another version. */
export function headerOf(text: string, interned: Interned): RecordHeader {
  const rulesAt = text.indexOf('\n') + 1;
  const version = Number(text.slice(0, rulesAt));
  checkVersion('group record', version);
  const end = text.indexOf('\n', rulesAt) + 1;
  return interned.header(version, text.slice(0, end), () => JSON.parse(text.slice(rulesAt, end)) as Rule[]);
}

/** The text of a header and its record, bit by bit. */
export function* textInChunks(header: string, record: unknown): Generator<string> {
  yield header;
  yield* inChunks(record);
}
