import { Newer } from '../../core/entry.ts';
import type { Group } from '../../core/group/state.ts';

/**
 * The bytes of checkpoint records. A fixed header says what must be known without reading the text behind it:
 *
 * version u8 | kind u8 | parts u32 | first kept round u32 | round after the last u32 | position f64 | made f64 | due f64 | text
 *
 * Numbers are big-endian. The highest bit of the kind is set for a group that has something to deliver to webhooks. Of kind 1, the two places
 * for rounds tell what is counted of all groups: when the first proposal of its open round came, in whole seconds, 0 for none; how many agents are
 * live, and in the highest bit whether it has webhooks. Earlier releases wrote 0 there, and never read it. Kinds: 0 a group that is gone, 1 a group whose closed rounds are in its text, 2 one whose closed
 * rounds are records of their own, 3 such a round, 4 the beginning of a longer text, 5 the webhooks of the server. A long text is cut: its `parts` first
 * pieces are records of their own, the rest stands in the record itself.
 */
export interface Header extends Pick<Group, 'position' | 'createdAt'> {
  readonly kind: number;
  readonly parts: number;
  /** Whether its webhooks have something to deliver. */
  readonly hasUndelivered: boolean;
  /** When the group's next timer or lease ends; Infinity for never. */
  readonly nextDue: number;
  /** The closed rounds that are records of their own: from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
  /** When the first proposal of its open round came, ms; 0 where it has none. Only of a group whose closed rounds are in its text. */
  readonly undecidedSince: number;
  /** How many of its agents are live, and whether it has webhooks. Only of such a group. */
  readonly live: number;
  readonly hasWebhooks: boolean;
}

export const kinds = { gone: 0, group: 1, groupWithRounds: 2, round: 3, part: 4, server: 5 } as const;

const undeliveredBit = 0x80;
const webhooksBit = 2 ** 31;
const recordVersion = 2;
export const headerBytes = 38;

export const plainHeader: Header = {
  kind: kinds.part,
  hasUndelivered: false,
  parts: 0,
  first: 0,
  end: 0,
  position: 0,
  createdAt: 0,
  nextDue: Infinity,
  undecidedSince: 0,
  live: 0,
  hasWebhooks: false,
};

export function encodeRecord(header: Header, text: string): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(text));
  bytes[0] = recordVersion;
  bytes[1] = header.kind | (header.hasUndelivered ? undeliveredBit : 0);
  bytes.writeUInt32BE(header.parts, 2);
  const isWhole = header.kind === kinds.group;
  bytes.writeUInt32BE(isWhole ? Math.floor(header.undecidedSince / 1000) : header.first, 6);
  bytes.writeUInt32BE(isWhole ? header.live + (header.hasWebhooks ? webhooksBit : 0) : header.end, 10);
  bytes.writeDoubleBE(header.position, 14);
  bytes.writeDoubleBE(header.createdAt, 22);
  bytes.writeDoubleBE(header.nextDue, 30);
  bytes.write(text, headerBytes);
  return bytes;
}

/** Throws on a record that this version did not write. The text is `bytes` from `headerBytes` on. */
export function decodeHeader(bytes: Buffer): Header {
  if (bytes[0] !== recordVersion)
    throw new (recordVersion < (bytes[0] as number) ? Newer : Error)(
      `a checkpoint record has version ${bytes[0]}, this server understands ${recordVersion}`,
    );
  const kind = (bytes[1] as number) & ~undeliveredBit;
  const isWhole = kind === kinds.group;
  const places = [bytes.readUInt32BE(6), bytes.readUInt32BE(10)] as const;
  return {
    kind,
    hasUndelivered: ((bytes[1] as number) & undeliveredBit) !== 0,
    parts: bytes.readUInt32BE(2),
    first: isWhole ? 0 : places[0],
    end: isWhole ? 0 : places[1],
    undecidedSince: isWhole ? places[0] * 1000 : 0,
    live: isWhole ? places[1] % webhooksBit : 0,
    hasWebhooks: isWhole && places[1] >= webhooksBit,
    position: bytes.readDoubleBE(14),
    createdAt: bytes.readDoubleBE(22),
    nextDue: bytes.readDoubleBE(30),
  };
}

/** One record as bytes, and the key it goes under. */
export interface Piece {
  readonly key: string;
  readonly bytes: Buffer;
}

/** A text as records under `key`: a new part after each `length` characters or so, then the record that counts them. */
export function* cut(
  key: string,
  header: Header,
  pieces: Iterable<string>,
  length: number,
): Generator<Piece> {
  let parts = 0;
  let text = '';
  for (const piece of pieces) {
    if (text.length >= length) {
      yield { key: partKey(key, parts), bytes: encodeRecord(plainHeader, text) };
      parts += 1;
      text = '';
    }
    text += piece;
  }
  yield { key, bytes: encodeRecord({ ...header, parts }, text) };
}

export const globalsKey = 'globals';
export const serverKey = 'server';
export const groupPrefix = 'group/';
const roundPrefix = 'round/';
const partPrefix = 'part/';

export function groupKey(name: string): string {
  return groupPrefix + name;
}

export function roundKey(name: string, round: number): string {
  return `${roundPrefix}${name}/${round}`;
}

/** Part `part` of the text under `key`. */
export function partKey(key: string, part: number): string {
  return `${partPrefix}${part}/${key}`;
}
