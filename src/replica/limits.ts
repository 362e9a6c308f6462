import { type Command, versionOf } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import { limits } from '../core/limits.ts';
import type { Refusal } from '../core/result.ts';
import { type CheckpointLimits, defaultCheckpointLimits } from './checkpoints/state-checkpoints.ts';
import { NotExecuted } from './outcomes.ts';

/** Bounds on what one replica holds, and on how long it works or waits without a pause. */
export interface ReplicaLimits extends CheckpointLimits {
  /** Commands that may wait for the log; beyond it new ones are refused before they are appended. */
  readonly queuedCommands: number;
  readonly queuedBytes: number;
  readonly commandsPerEntry: number;
  /** Of the commands of one entry, each character counted as three: an entry is applied without a pause, and long values take their time. */
  readonly bytesPerEntry: number;
  /** How long, ms, entries are applied before other work gets a turn. */
  readonly applySlice: number;
  /** How long, ms, a caller waits for a cluster that does not answer. */
  readonly patience: number;
  /** ms without an answer of the cluster, after which clients that know another server should use that one. */
  readonly doubt: number;
  /** How long, ms, a server that stops may still write the checkpoint that it has begun. */
  readonly checkpointGrace: number;
}

export const defaultLimits: ReplicaLimits = {
  queuedCommands: 20_000,
  queuedBytes: 64 << 20,
  commandsPerEntry: 2000,
  bytesPerEntry: 1_500_000,
  applySlice: 5,
  patience: 2500,
  doubt: 800,
  checkpointGrace: 60_000,
  ...defaultCheckpointLimits,
};

/**
 * A refusal when the command would create a group beyond the limit; else null. It is decided before the command is recorded and not in
 * `apply`, where the result would depend on all other groups: a replay that skips some of them (`state.ahead`) would differ.
 */
export function tooManyGroups(command: Command, { groups }: State): Refusal | null {
  if (command.type !== 'put-group' || groups.size < limits.groups || groups.has(command.group)) return null;
  return { ok: false, code: 'limit-reached', detail: `there are already ${limits.groups} groups` };
}

/** What a command is not recorded for when it needs a newer version of the log: servers without it would stop there. [Q1.11] */
export function tooNew(command: Command, { version }: State): NotExecuted | null {
  const needed = versionOf(command);
  if (needed <= version) return null;
  const detail = `it needs version ${needed} of the log, and version ${version} is active`;
  return new NotExecuted('version-not-active', detail);
}
