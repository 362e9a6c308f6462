import type { Json } from '../../client/index.ts';
import { readJson } from '../arguments.ts';

/** What a gate waits for, and under which name it acts. It holds no secret and no server. */
export interface Handle {
  readonly group: string;
  /** The round at which the wait begins; null for the latest. */
  readonly round: number | null;
  /** Whether it is about this round and no other. */
  readonly only: boolean;
  /** The decision that is meant; left out: any. */
  readonly expect?: Json;
  /** What it must be about; null: anything. */
  readonly subject: string | null;
  /** Stays the same over all runs with this handle. */
  readonly id: string;
}

const prefix = 'gate1.';

/** The handle as one word, for `--resume`. */
export function handleText(handle: Handle): string {
  return prefix + Buffer.from(JSON.stringify(handle)).toString('base64url');
}

/** Reads what `handleText` has written; undefined for anything else. */
export function readHandle(text: string): Handle | undefined {
  const json = text.startsWith(prefix)
    ? readJson(Buffer.from(text.slice(prefix.length), 'base64url').toString())
    : undefined;
  return isHandle(json) ? json : undefined;
}

function isHandle(json: unknown): json is Handle {
  if (typeof json !== 'object' || json === null) return false;
  const { group, round, only, subject, id } = json as Partial<Handle>;
  const isRound = round === null || (Number.isSafeInteger(round) && (round as number) > 0);
  const isSubject = subject === null || typeof subject === 'string';
  const isId = typeof id === 'string' && /^[\w-]{1,32}$/.test(id);
  return typeof group === 'string' && isId && typeof only === 'boolean' && isRound && isSubject;
}
