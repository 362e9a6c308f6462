import type { CallRecord as Recorded } from '../../client/record.ts';
import type { Json } from '../../core/types.ts';
import type { HeardRecord } from './transcripts.ts';

/**
 * One call of a recorded history. A history has the calls of any number of processes; the check puts them in the order
 * given by the `index` of each response, so it needs one pass and no search. docs/history-format.md describes the format.
 */
export interface CallRecord extends Omit<Recorded, 'response' | 'seq'> {
  /** The body of the answer or refusal; null when no answer came, or it has no index. */
  readonly response: ResponseRecord | null;
  /** Of a message: its text, and the Idempotency-Key it was sent with. */
  readonly body?: Json;
  readonly key?: string;
}

export interface ResponseRecord {
  readonly index: number;
  readonly revision?: number;
  /** The number of the round; in a refusal the round itself. */
  readonly round?: number | RoundSeen;
  readonly state?: string;
  readonly value?: Json;
  /** Of a message. */
  readonly offset?: number;
  /** Distinguishes rounds with the same number when a group was deleted and created again. */
  readonly openedAt?: string;
  /** Only in a refusal. */
  readonly code?: string;
}

export interface RoundSeen {
  readonly round: number;
  readonly state: string;
  readonly revision: number;
  readonly value?: Json;
  readonly openedAt?: string;
}

/** A line cannot be read as a record; the message names the line. */
export class UnreadableHistory extends Error {
  override readonly name = 'UnreadableHistory';
}

/** Reads JSON lines and skips empty ones. Throws `UnreadableHistory`. */
export function readHistory(text: string): ((CallRecord | HeardRecord) & { readonly line: number })[] {
  return text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [{ ...recordIn(line, i + 1), line: i + 1 }]));
}

function recordIn(text: string, line: number): CallRecord | HeardRecord {
  let record: Partial<CallRecord> | null;
  try {
    record = JSON.parse(text) as Partial<CallRecord> | null;
  } catch {
    throw new UnreadableHistory(`line ${line} is not JSON`);
  }
  if (record === null || typeof record !== 'object') throw new UnreadableHistory(`line ${line} is no object`);
  const { process, invokedAt, completedAt, op, group, response } = record;
  const wrong = (field: string): never => {
    throw new UnreadableHistory(`line ${line}: ${field} is missing or of the wrong kind`);
  };
  if (typeof process !== 'string') return wrong('process');
  if (op === 'heard') return heardIn(record, wrong);
  if (typeof invokedAt !== 'number') return wrong('invokedAt');
  if (completedAt !== null && typeof completedAt !== 'number') return wrong('completedAt');
  if (completedAt !== null && completedAt < invokedAt)
    throw new UnreadableHistory(`line ${line}: it was completed before it was invoked`);
  if (typeof op !== 'string') return wrong('op');
  if (typeof group !== 'string') return wrong('group');
  if (response !== null && typeof response?.index !== 'number') return wrong('response.index');
  return { ...record, round: record.round ?? null, agent: record.agent ?? null } as CallRecord;
}

/** A line that says what a reader of a stream got. */
function heardIn(record: Partial<CallRecord>, wrong: (field: string) => never): HeardRecord {
  const { item, oldest, group } = record as Partial<HeardRecord>;
  if (typeof group !== 'string') return wrong('group');
  if (item === null) return typeof oldest === 'number' ? (record as HeardRecord) : wrong('oldest');
  if (typeof item?.offset !== 'number') return wrong('item.offset');
  if (typeof item.index !== 'number') return wrong('item.index');
  return record as HeardRecord;
}
