import type { Interned, RecordHeader } from '../../core/group/interned.ts';
import type { Group, UnreadGroup } from '../../core/group/state.ts';
import { decodeRecord } from '../../core/snapshot/group-record.ts';
import { decodeHeader, type Header, headerBytes } from './record-keys.ts';

/** A group whose record is still bytes, kept outside the heap: a million of them cost the collector next to nothing. */
export class StoredGroup implements UnreadGroup {
  readonly name: string;
  readonly head: RecordHeader;
  private readonly slab: Buffer;
  private readonly start: number;
  private readonly end: number;
  private readonly interned: Interned;

  /** In `slab`, from `start` to `end`: the record's header, then its text without the head. */
  constructor(
    name: string,
    head: RecordHeader,
    slab: Buffer,
    start: number,
    end: number,
    interned: Interned,
  ) {
    this.name = name;
    this.head = head;
    this.slab = slab;
    this.start = start;
    this.end = end;
    this.interned = interned;
  }

  get header(): Header {
    return decodeHeader(this.slab.subarray(this.start));
  }

  get nextDue(): number {
    return this.header.nextDue;
  }

  get hasUndelivered(): boolean {
    return this.header.hasUndelivered;
  }

  /** The record's text as it was restored, head included. */
  get text(): string {
    return this.head.text + this.record;
  }

  read(): Group {
    return decodeRecord(this.head, this.record, this.interned);
  }

  private get record(): string {
    return this.slab.toString('utf8', this.start + headerBytes, this.end);
  }
}

const slabBytes = 1 << 20;

/** Copies records, one behind the other, into large pieces of memory. */
export class Slabs {
  slab = Buffer.alloc(0);
  private used = 0;

  /** Copies the header and what is from `from` on; gives where it begins in `slab`. */
  add(record: Buffer, from: number): number {
    const length = headerBytes + record.length - from;
    if (this.used + length > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, length));
      this.used = 0;
    }
    const start = this.used;
    record.copy(this.slab, start, 0, headerBytes);
    record.copy(this.slab, start + headerBytes, from);
    this.used += length;
    return start;
  }

  /** Where the record added last ends. */
  get end(): number {
    return this.used;
  }
}
