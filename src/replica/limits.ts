import type { Command } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import { limits } from '../core/limits.ts';
import type { Refusal } from '../core/result.ts';
import { type CheckpointLimits, defaultCheckpointLimits } from './checkpoints/state-checkpoints.ts';

/** Bounds on what one replica holds and how long it works, or waits, at a stretch. */
export interface ReplicaLimits extends CheckpointLimits {
  /** Commands that may wait for the log; beyond it new ones are refused before they are appended. */
  readonly queuedCommands: number;
  readonly queuedBytes: number;
  readonly commandsPerEntry: number;
  /** How long, ms, entries are applied before other work gets a turn. */
  readonly applySlice: number;
  /** How long, ms, a caller is left waiting for a cluster that does not answer. */
  readonly patience: number;
  /** After how long, ms, without an answer clients that have another server should turn there. */
  readonly doubt: number;
  /** How long, ms, a stopping server goes on writing a checkpoint that it has begun. */
  readonly checkpointGrace: number;
}

export const defaultLimits: ReplicaLimits = {
  queuedCommands: 20_000,
  queuedBytes: 64 << 20,
  commandsPerEntry: 2000,
  applySlice: 5,
  patience: 2500,
  doubt: 800,
  checkpointGrace: 60_000,
  ...defaultCheckpointLimits,
};

/**
 * Refuses a group that would be one too many; null lets the command pass. Looked at before a command is recorded and not in `apply`:
 * there, whether one group can be made would depend on all others, and replays that pass over some of them would differ.
 */
export function tooManyGroups(command: Command, { groups }: State): Refusal | null {
  if (command.type !== 'put-group' || groups.size < limits.groups || groups.has(command.group)) return null;
  return { ok: false, code: 'limit-reached', detail: `there are already ${limits.groups} groups` };
}
