import { posix } from 'node:path';
import type { Random } from '../../sim/random.ts';

/** A process, as its machine sees it. */
export interface Caller {
  readonly id: number;
  isPaused: boolean;
  /** From now on no call returns. */
  end(): void;
}

/** A call that may be made to fail. */
export interface Call {
  readonly kind: Kind;
  readonly path: string;
  readonly process: Caller;
  /** Bytes that it would add to what the disk holds. */
  readonly grows: number;
}

export type Kind =
  | 'makeDirectory'
  | 'size'
  | 'read'
  | 'create'
  | 'open'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'write'
  | 'sync'
  | 'close';

/** What is left to do of a call that was made and has not returned. */
export interface Pending {
  readonly process: Caller;
  /** Does its next part. */
  advance(): void;
  /** Its process was killed, or the power cut: does none, some or all of the rest, and it never returns. */
  interrupt(random: Random, how: 'kill' | 'cut'): void;
}

export function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}

export function split(path: string): { readonly dir: string; readonly name: string } {
  return { dir: posix.dirname(path), name: posix.basename(path) };
}
