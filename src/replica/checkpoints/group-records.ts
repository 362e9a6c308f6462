import { nextDueOf } from '../../core/group/expiry.ts';
import type { Group, State } from '../../core/group/state.ts';
import { serverName } from '../../core/group/undelivered.ts';
import { encodeGroup, groupInChunks } from '../../core/snapshot/group-record.ts';
import { outcomeInChunks } from '../../core/snapshot/round-record.ts';
import { encodeServer } from '../../core/snapshot/webhook-record.ts';
import type { CheckpointRecord } from '../../log/log.ts';
import { firstProposalAt } from '../counts.ts';
import {
  cut,
  encodeRecord,
  groupKey,
  type Header,
  kinds,
  partKey,
  plainHeader,
  roundKey,
  serverKey,
} from './record-keys.ts';
import { StoredGroup } from './stored-group.ts';

export interface RecordLimits {
  /** Beyond so many closed rounds, or members and proposals and keys, a group is more than one record. */
  readonly smallRounds: number;
  readonly smallSize: number;
  /** Characters of a longer text in one record. */
  readonly partLength: number;
}

export const defaultRecordLimits: RecordLimits = { smallRounds: 32, smallSize: 1000, partLength: 64 * 1024 };

/** What the last checkpoint holds of a group that is more than one record. */
export interface Kept {
  /** Closed rounds from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
  /** Index of the entry that closed the last of them: another one in its place is another group's under this name. */
  readonly index: number;
  /** How many parts came before each record, by its key; those without any are left out. */
  readonly parts: Map<string, number>;
}

/**
 * Groups as checkpoint records. A small group is one record. A large one is cut into parts, and each of its closed
 * rounds is a record that is written once, and removed when the group keeps the round no longer.
 *
 * All records of a group say what it was at one position. Encoding a large one takes several turns, so what it
 * says is copied in the first.
 */
export class GroupRecords {
  private readonly state: State;
  private readonly limits: RecordLimits;
  private kept = new Map<string, Kept>();
  private orphaned: readonly string[] = [];

  constructor(state: State, limits: RecordLimits) {
    this.state = state;
    this.limits = limits;
  }

  /** Sets what the restored checkpoint holds of a group. */
  restored(name: string, kept: Kept): void {
    this.kept.set(name, kept);
  }

  /** Sets the keys in the restored checkpoint that belong to no group. */
  restoredOrphans(keys: readonly string[]): void {
    this.orphaned = keys;
  }

  /** To be called before a checkpoint is written; the result undoes what has changed here since, when it could not be. */
  begin(): () => void {
    const { kept, orphaned } = this;
    this.kept = new Map(kept);
    return () => {
      this.kept = kept;
      this.orphaned = orphaned;
    };
  }

  /** To be called when the next checkpoint is a full one. */
  clear(): void {
    this.kept.clear();
    this.orphaned = [];
  }

  /** The records that remove the orphans. */
  orphans(): CheckpointRecord[] {
    const keys = this.orphaned;
    this.orphaned = [];
    return keys.map((key) => ({ key, bytes: null }));
  }

  /** What is to be written of this group; `mayReturn`: whether the replay could create it again although it is gone. */
  *of(name: string, mayReturn: boolean): Generator<CheckpointRecord> {
    const { groups, index } = this.state;
    const group = groups.held(name);
    const kept = this.kept.get(name);
    const key = groupKey(name);
    if (group === undefined) {
      const gone = encodeRecord({ ...plainHeader, kind: kinds.gone, position: index }, '');
      yield { key, bytes: mayReturn ? gone : null };
      if (kept !== undefined) yield* this.removed(name, kept);
    } else if (group instanceof StoredGroup) {
      yield { key, bytes: encodeRecord(group.header, group.text) };
    } else if (kept !== undefined || this.isLarge(group as Group)) yield* this.large(group as Group, kept);
    else yield { key, bytes: encodeRecord(headerOf(group as Group), encodeGroup(group as Group)) };
  }

  /**
   * What is to be written of the webhooks of the server. It is written behind all groups: what an entry tells the server's webhooks
   * of a group is in this record, then, if it is in that group's. [Q1.10]
   */
  *server(): Generator<CheckpointRecord> {
    const pieces = encodeServer(this.state);
    if (pieces.length === 0) return;
    const before = this.kept.get(serverName) ?? nothing;
    const parts = new Map<string, number>();
    const header = { ...plainHeader, kind: kinds.server, position: this.state.index };
    yield* this.cut(parts, serverKey, header, pieces);
    yield* partsRemoved(before.parts, parts);
    this.kept.set(serverName, { ...nothing, parts });
  }

  private *removed(name: string, kept: Kept): Generator<CheckpointRecord> {
    for (let round = kept.first; round < kept.end; round += 1)
      yield { key: roundKey(name, round), bytes: null };
    yield* partsRemoved(kept.parts, new Map());
    this.kept.delete(name);
  }

  private *large(group: Group, before: Kept = nothing): Generator<CheckpointRecord> {
    const { name } = group;
    const rounds = [...group.closed.values()];
    const last = rounds.at(-1);
    const first = rounds[0]?.round ?? 0;
    const end = last === undefined ? 0 : last.round + 1;
    const header = { ...headerOf(group), kind: kinds.groupWithRounds, first, end };
    const pieces = groupInChunks(group, false);
    // From here on the group may change between two records.
    const same = rounds[before.end - 1 - first]?.index === before.index;
    const parts = new Map<string, number>();
    for (const outcome of rounds) {
      const key = roundKey(name, outcome.round);
      if (same && outcome.round < before.end) {
        const count = before.parts.get(key);
        if (count !== undefined) parts.set(key, count);
      } else yield* this.cut(parts, key, { ...plainHeader, kind: kinds.round }, outcomeInChunks(outcome));
    }
    yield* this.cut(parts, groupKey(name), header, pieces);
    for (let round = before.first; round < before.end; round += 1)
      if (round < first || round >= end) yield { key: roundKey(name, round), bytes: null };
    yield* partsRemoved(before.parts, parts);
    this.kept.set(name, { first, end, index: last?.index ?? 0, parts });
  }

  private isLarge(group: Group): boolean {
    const { open, closed, kept, members, lastRound, toldLatest, toldOwn, keys, stream, webhooks } = group;
    const inRound = open === null ? 0 : open.proposals.size + open.absent.size;
    // A character of a message counts for a hundredth: the bodies of a few may be as long as a thousand of the others.
    const inStream = stream.length + Math.floor(stream.characters / 100);
    let inWebhooks = 0;
    for (const { pending, over, characters } of webhooks.values())
      inWebhooks += pending.size + over.size + Math.floor(characters / 100);
    const size =
      inStream +
      inWebhooks +
      members.size +
      lastRound.size +
      toldLatest.size +
      toldOwn.size +
      keys.size +
      kept +
      inRound;
    return closed.size > this.limits.smallRounds || size > this.limits.smallSize;
  }

  private *cut(
    parts: Map<string, number>,
    key: string,
    header: Header,
    pieces: Iterable<string>,
  ): Generator<CheckpointRecord> {
    let count = -1;
    for (const record of cut(key, header, pieces, this.limits.partLength)) {
      count += 1;
      yield record;
    }
    if (count > 0) parts.set(key, count);
  }
}

const nothing: Kept = { first: 0, end: 0, index: 0, parts: new Map() };

function headerOf(group: Group): Header {
  const { position, createdAt } = group;
  const hasUndelivered = group.webhooks.next < Infinity;
  return {
    ...plainHeader,
    kind: kinds.group,
    position,
    createdAt,
    nextDue: nextDueOf(group),
    hasUndelivered,
    undecidedSince: group.open === null || group.open.proposals.size === 0 ? 0 : firstProposalAt(group.open),
    live: group.leases.size,
    hasWebhooks: group.webhooks.size > 0,
  };
}

function* partsRemoved(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): Generator<CheckpointRecord> {
  for (const [key, count] of before)
    for (let part = now.get(key) ?? 0; part < count; part += 1)
      yield { key: partKey(key, part), bytes: null };
}
