import type { RecordHeader } from '../../core/group/interned.ts';
import type { Group, State } from '../../core/group/state.ts';
import { serverName } from '../../core/group/undelivered.ts';
import { decodeGlobals } from '../../core/snapshot/globals.ts';
import { addGroup, decodeGroup } from '../../core/snapshot/group-record.ts';
import { headerOf } from '../../core/snapshot/header.ts';
import { decodeOutcome } from '../../core/snapshot/round-record.ts';
import { addServer, decodeServer } from '../../core/snapshot/webhook-record.ts';
import type { Outcome } from '../../core/types.ts';
import type { GroupRecords } from './group-records.ts';
import {
  decodeHeader,
  globalsKey,
  groupKey,
  groupPrefix,
  type Header,
  headerBytes,
  kinds,
  partKey,
  roundKey,
  serverKey,
} from './record-keys.ts';
import { Slabs, StoredGroup } from './stored-group.ts';

interface Found {
  readonly header: Header;
  readonly text: string;
}

/** Fills an empty state from a checkpoint's records, in any order. */
export class Restoring {
  /** The positions of groups that are later than the checkpoint's index. */
  readonly positions = new Map<string, number>();
  /** Groups that were deleted while the checkpoint was written. */
  readonly gone = new Set<string>();
  private readonly state: State;
  private readonly index: number;
  private readonly groups: (Group | StoredGroup)[] = [];
  /** When each of them was created. */
  private readonly createdAt: number[] = [];
  private readonly slabs = new Slabs();
  private readonly large = new Map<string, Found>();
  /** The webhooks of the server; null where there are none. */
  private server: Found | null = null;
  /** Closed rounds, and the parts of long texts, by key. */
  private readonly others = new Map<string, Found>();
  /** The head met last, since the next is mostly the same. */
  private head: RecordHeader | null = null;
  private headText = Buffer.alloc(0);

  /** `index`: of the last entry that the checkpoint covers. */
  constructor(state: State, index: number) {
    this.state = state;
    this.index = index;
  }

  /** Adds a record; a later one with the same key replaces it. Throws when it cannot be read. */
  take(key: string, record: Uint8Array): void {
    const bytes = Buffer.isBuffer(record)
      ? record
      : Buffer.from(record.buffer, record.byteOffset, record.length);
    if (key === globalsKey) {
      decodeGlobals(bytes.toString(), this.state);
      return;
    }
    const header = decodeHeader(bytes);
    if (key === serverKey) {
      this.server = { header, text: bytes.toString('utf8', headerBytes) };
      return;
    }
    if (!key.startsWith(groupPrefix)) {
      this.others.set(key, { header, text: bytes.toString('utf8', headerBytes) });
      return;
    }
    const name = key.slice(groupPrefix.length);
    if (this.large.size > 0) this.large.delete(name);
    if (this.gone.size > 0) this.gone.delete(name);
    if (header.position > this.index) this.positions.set(name, header.position);
    else if (this.positions.size > 0) this.positions.delete(name);
    if (header.kind === kinds.gone) this.gone.add(name);
    else if (header.kind === kinds.group) this.add(this.stored(name, bytes), header.createdAt);
    else this.large.set(name, { header, text: bytes.toString('utf8', headerBytes) });
  }

  /** Puts the groups into the state, after all records were taken. Throws when a record of a large group is missing. */
  finish(records: GroupRecords): void {
    for (const [name, found] of this.large)
      this.add(this.joined(name, found, records), found.header.createdAt);
    const server = this.server === null ? null : this.serverOf(this.server, records);
    records.restoredOrphans([...this.others.keys()]);
    // Groups are listed in the order of creation; the records come in any order.
    const { groups, createdAt, state } = this;
    const order = Uint32Array.from(groups.keys());
    order.sort((a, b) => (createdAt[a] as number) - (createdAt[b] as number) || a - b);
    for (const i of order) {
      const group = groups[i] as Group | StoredGroup;
      if (!this.gone.has(group.name)) addGroup(state, group);
    }
    if (server !== null) addServer(state, server);
  }

  private add(group: Group | StoredGroup, createdAt: number): void {
    this.groups.push(group);
    this.createdAt.push(createdAt);
  }

  private stored(name: string, bytes: Buffer): StoredGroup {
    const { interned } = this.state;
    const { headText, slabs } = this;
    let from = headerBytes + headText.length;
    const same = bytes.length > from && bytes.compare(headText, 0, headText.length, headerBytes, from) === 0;
    if (!same || this.head === null) {
      this.head = headerOf(bytes.toString('utf8', headerBytes), interned);
      this.headText = Buffer.from(this.head.text);
      from = headerBytes + this.headText.length;
    }
    const start = slabs.add(bytes, from);
    return new StoredGroup(name, this.head, slabs.slab, start, slabs.end, interned);
  }

  private joined(name: string, found: Found, records: GroupRecords): Group {
    const { first, end } = found.header;
    const { interned } = this.state;
    const parts = new Map<string, number>();
    const rounds: Outcome[] = [];
    for (let round = first; round < end; round += 1) {
      const key = roundKey(name, round);
      rounds.push(decodeOutcome(this.text(key, this.other(key), parts), interned));
    }
    const group = decodeGroup(this.text(groupKey(name), found, parts), interned, rounds);
    records.restored(name, { first, end, index: rounds.at(-1)?.index ?? 0, parts });
    return group;
  }

  private serverOf(found: Found, records: GroupRecords): ReturnType<typeof decodeServer> {
    if (found.header.position > this.index) this.positions.set(serverName, found.header.position);
    const parts = new Map<string, number>();
    const server = decodeServer(this.text(serverKey, found, parts));
    records.restored(serverName, { first: 0, end: 0, index: 0, parts });
    return server;
  }

  private text(key: string, { header, text }: Found, parts: Map<string, number>): string {
    if (header.parts === 0) return text;
    parts.set(key, header.parts);
    const texts = Array.from({ length: header.parts }, (_, part) => this.other(partKey(key, part)).text);
    return texts.join('') + text;
  }

  private other(key: string): Found {
    const found = this.others.get(key);
    if (found === undefined) throw new Error(`the record "${key}" is missing`);
    this.others.delete(key);
    return found;
  }
}
