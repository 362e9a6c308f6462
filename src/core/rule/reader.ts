import { isName, limits, seatPrefix } from '../limits.ts';
import type { Json } from '../types.ts';
import { parseDuration } from './duration.ts';

export interface Complaint {
  /** JSON path of the field, e.g. `rule.threshold`; both fields of a contradiction, joined by " and ". */
  readonly field: string;
  /** The path of each: one, or the two of a contradiction. */
  readonly fields: readonly string[];
  readonly fix: string;
}

export type Fields = { readonly [name: string]: Json };

/** Complaints beyond this number help nobody. */
const mostComplaints = 20;

/**
 * Reads single fields of what people write. A field that cannot be read gives a complaint, and a value that lets the reading
 * go on: so one answer names all that is wrong. `undefined` is a field that was left out.
 */
export class Reader {
  readonly complaints: Complaint[] = [];

  complain(field: string, fix: string): void {
    this.add({ field, fields: [field], fix });
  }

  /** Complains of two fields that are each fine. */
  contradict(one: string, other: string, fix: string): void {
    this.add({ field: `${one} and ${other}`, fields: [one, other], fix });
  }

  add(complaint: Complaint): void {
    if (this.complaints.length < mostComplaints) this.complaints.push(complaint);
  }

  /** The fields of an object; complains of those that are not among `names`, since a misspelt rule would decide otherwise. */
  fields(field: string, json: Json, names: readonly string[]): Fields {
    if (!isObject(json)) {
      this.complain(field === '' ? 'body' : field, 'write a JSON object');
      return {};
    }
    for (const name of Object.keys(json)) {
      if (!names.includes(name)) {
        const path = field === '' ? name : `${field}.${name}`;
        this.complain(path.slice(0, 120), `there is no such setting here: use ${names.join(', ')}`);
      }
    }
    return json;
  }

  names(field: string, json: Json | undefined, least: number): readonly string[] {
    const list = Array.isArray(json) ? json : [];
    if (!Array.isArray(json) || list.length < least || list.length > limits.rosterNames) {
      this.complain(field, `write a list of ${least} to ${limits.rosterNames} names`);
      return [];
    }
    const bad = list.find((name) => typeof name !== 'string' || !isName(name) || name.startsWith(seatPrefix));
    if (bad !== undefined) {
      this.complain(
        field,
        `${JSON.stringify(bad).slice(0, 80)} is no name: use a-z, 0-9, then also . _ -, at most ${limits.nameLength} characters, not beginning with ${seatPrefix}`,
      );
    }
    if (new Set(list).size !== list.length) this.complain(field, 'name each agent once');
    return list as readonly string[];
  }

  /** A duration in ms; null for none. */
  duration(field: string, json: Json | undefined, otherwise: number | null): number | null {
    if (json === undefined) return otherwise;
    if (json === null) return null;
    const ms = typeof json === 'string' || typeof json === 'number' ? parseDuration(json) : null;
    if (ms !== null && ms >= 1) return ms;
    this.complain(field, 'write a duration such as "30s", "500ms", "5m" or a number of ms, or null for none');
    return otherwise;
  }

  whole(field: string, json: Json | undefined, least: number, most: number): number | undefined {
    if (json === undefined) return undefined;
    if (typeof json === 'number' && Number.isInteger(json) && json >= least && json <= most) return json;
    this.complain(field, `write a whole number from ${least} to ${most}`);
    return undefined;
  }

  flag(field: string, json: Json | undefined, otherwise: boolean): boolean {
    if (json === undefined || typeof json === 'boolean') return json ?? otherwise;
    this.complain(field, 'write true or false');
    return otherwise;
  }

  oneOf<T extends string>(field: string, json: Json | undefined, words: readonly T[], otherwise: T): T {
    if (json === undefined) return otherwise;
    const word = words.find((candidate) => candidate === json);
    if (word === undefined) this.complain(field, `use one of ${words.join(', ')}`);
    return word ?? otherwise;
  }

  text(field: string, json: Json | undefined, most: number): string | null {
    if (json === undefined || json === null) return null;
    if (typeof json === 'string' && json.length > 0 && json.length <= most) return json;
    this.complain(field, `write a text of 1 to ${most} characters, or null`);
    return null;
  }
}

export function isObject(json: Json | undefined): json is { [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
