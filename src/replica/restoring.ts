import type { Head } from '../core/shared.ts';
import {
  addGroup,
  decodeGlobals,
  decodeGroup,
  decodeOutcome,
  headOf,
  StoredGroup,
} from '../core/snapshot.ts';
import type { Group, State } from '../core/state.ts';
import type { Outcome } from '../core/types.ts';
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
} from './records.ts';

interface Found {
  readonly header: Header;
  readonly text: string;
}

/** Fills an empty state from a checkpoint's records, in whatever order they come. */
export class Restoring {
  /** Up to which position the log has been seen, by group: of those that are later than the checkpoint itself. */
  readonly positions = new Map<string, number>();
  /** Groups that are known to be gone. */
  readonly gone = new Set<string>();
  private readonly state: State;
  private readonly index: number;
  private readonly small = new Map<string, StoredGroup>();
  private readonly large = new Map<string, Found>();
  /** Closed rounds, and the parts of long texts, by key. */
  private readonly others = new Map<string, Found>();
  /** The head met last, since the next is mostly the same. */
  private head: Head | null = null;
  private headText = Buffer.alloc(0);

  /** `index`: of the last entry that the checkpoint covers. */
  constructor(state: State, index: number) {
    this.state = state;
    this.index = index;
  }

  /** Of two records under one key the later one holds. Throws on one that cannot be read. */
  take(key: string, record: Uint8Array): void {
    const bytes = Buffer.isBuffer(record)
      ? record
      : Buffer.from(record.buffer, record.byteOffset, record.length);
    if (key === globalsKey) return decodeGlobals(bytes.toString(), this.state);
    const header = decodeHeader(bytes);
    if (!key.startsWith(groupPrefix)) {
      this.others.set(key, { header, text: bytes.toString('utf8', headerBytes) });
      return;
    }
    const name = key.slice(groupPrefix.length);
    this.small.delete(name);
    this.large.delete(name);
    this.gone.delete(name);
    this.positions.delete(name);
    if (header.position > this.index) this.positions.set(name, header.position);
    if (header.kind === kinds.gone) this.gone.add(name);
    else if (header.kind === kinds.group) this.small.set(name, this.stored(name, header, bytes));
    else this.large.set(name, { header, text: bytes.toString('utf8', headerBytes) });
  }

  /** Puts the groups into the state, once all records were taken. Throws when one of a large group's is missing. */
  finish(records: GroupRecords): void {
    for (const [name, position] of this.positions)
      if (position <= this.state.index) this.positions.delete(name);
    const groups: (Group | StoredGroup)[] = [...this.small.values()];
    for (const [name, found] of this.large) groups.push(this.joined(name, found, records));
    records.foundOrphans([...this.others.keys()]);
    // Groups are listed in the order in which they were made; the log keeps records in an order of its own.
    groups.sort((a, b) => a.createdAt - b.createdAt);
    for (const group of groups) addGroup(this.state, group);
  }

  private stored(name: string, header: Header, bytes: Buffer): StoredGroup {
    const { position, createdAt, nextDue } = header;
    const { shared } = this.state;
    let start = headerBytes + this.headText.length;
    const same =
      this.head !== null &&
      bytes.length > start &&
      bytes.compare(this.headText, 0, this.headText.length, headerBytes, start) === 0;
    if (!same) {
      this.head = headOf(bytes.toString('utf8', headerBytes), shared);
      this.headText = Buffer.from(this.head.text);
      start = headerBytes + this.headText.length;
    }
    const record = bytes.toString('utf8', start);
    return new StoredGroup(this.head as Head, record, { name, position, createdAt, nextDue }, shared);
  }

  private joined(name: string, found: Found, records: GroupRecords): Group {
    const { first, end } = found.header;
    const { shared } = this.state;
    const parts = new Map<string, number>();
    const rounds: Outcome[] = [];
    for (let round = first; round < end; round += 1) {
      const key = roundKey(name, round);
      rounds.push(decodeOutcome(this.text(key, this.other(key), parts), shared));
    }
    const group = decodeGroup(this.text(groupKey(name), found, parts), shared, rounds);
    records.found(name, { first, end, index: rounds.at(-1)?.index ?? 0, parts });
    return group;
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
