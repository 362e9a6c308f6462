import type { Checkpoint, LogEntry } from '../../../src/log/log.ts';

/** What must never happen. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A checkpoint as it was handed to the log. */
export interface Published {
  readonly index: number;
  readonly state: ReadonlyMap<string, string>;
}

/** An append that nobody has an answer for. */
export interface Unknown {
  readonly index: number;
  readonly bytes: Buffer;
}

/** What a log must hold: the record of what it has acknowledged or shown, by however many owners. */
export class World {
  checkpoints = 0;
  /** How often the log went back to the checkpoint before. */
  wentBack = 0;
  readersBeside = 0;
  /** Index -> entry, of all that was acknowledged or shown. */
  readonly #entries = new Map<number, Buffer>();
  #head = 0;
  /** Entries up to this one may be gone. */
  #trimmed = 0;
  readonly #unknown = new Set<Unknown>();
  /** Checkpoints that were published, oldest first. */
  #line: Published[] = [];
  /** One that was fallen back from, until another is published: a restart may find it again. */
  #passedOver: Published | null = null;
  /** Checkpoints that may have been published and may not, each with the one that it came after. */
  readonly #maybe = new Map<Published, Published | null>();

  /** The newest entry that was acknowledged or shown. */
  get head(): number {
    return this.#head;
  }

  get trimmed(): number {
    return this.#trimmed;
  }

  get latest(): Published | null {
    return this.#line.at(-1) ?? null;
  }

  get before(): Published | null {
    return this.#line.at(-2) ?? null;
  }

  /** An append begins that will be entry `index`; until `acknowledged` it can be there or not. */
  sent(index: number, bytes: Buffer): Unknown {
    const unknown = { index, bytes };
    this.#unknown.add(unknown);
    return unknown;
  }

  /** The log has refused it: it is not there, and never will be. */
  refused(sent: Unknown): void {
    this.#unknown.delete(sent);
  }

  /** `isReplaced`: another owner has opened the log since, and has read what was in it. */
  acknowledged(sent: Unknown, index: number, isReplaced: boolean): void {
    if (index !== sent.index) throw new Violation(`entry ${sent.index} was acknowledged as ${index}`);
    if (isReplaced && index > this.#head)
      throw new Violation(`entry ${index} was acknowledged by an owner that was replaced before`);
    this.shown({ index, bytes: sent.bytes });
  }

  /** An entry was given to a reader, or acknowledged. */
  shown({ index, bytes }: LogEntry): void {
    const held = this.#entries.get(index);
    if (held !== undefined) {
      if (!held.equals(bytes)) throw new Violation(`entry ${index} is another than before`);
      return;
    }
    if (index !== this.#head + 1) throw new Violation(`entry ${index} follows entry ${this.#head}`);
    const sent = [...this.#unknown].find((one) => one.index === index && one.bytes.equals(bytes));
    if (sent === undefined) throw new Violation(`entry ${index} was never sent`);
    this.#entries.set(index, Buffer.from(bytes));
    this.#head = index;
    for (const one of this.#unknown) if (one.index <= index) this.#unknown.delete(one);
  }

  /** A reader beside the owner saw this: it may see what is not acknowledged yet. */
  seen({ index, bytes }: LogEntry): void {
    const known = [
      this.#entries.get(index),
      ...[...this.#unknown].filter((one) => one.index === index).map((one) => one.bytes),
    ];
    if (!known.some((one) => one?.equals(bytes)))
      throw new Violation(`a reader saw entry ${index}, which was never sent`);
  }

  /** The log was asked for its head when this world's was `then`. */
  headGiven(head: number, then: number): void {
    if (head < then) throw new Violation(`the head is ${head}, and was ${then}`);
    const most = Math.max(this.#head, ...[...this.#unknown].map(({ index }) => index));
    if (head > most) throw new Violation(`the head is ${head}, and only ${most} were sent`);
  }

  /** A checkpoint may now be published at any time. */
  publishing(checkpoint: Published): void {
    this.#maybe.set(checkpoint, this.latest);
  }

  /** It was: its owner said so. */
  published(checkpoint: Published): void {
    const after = this.#maybe.get(checkpoint) ?? null;
    this.#maybe.delete(checkpoint);
    if (checkpoint.index < (this.latest?.index ?? 0)) return;
    // One that an owner published so late that the next one had gone back already.
    if (after !== null && after === this.#passedOver) this.#line.push(after);
    this.#line.push(checkpoint);
    this.checkpoints += 1;
    this.#passedOver = null;
    this.#trimmed = Math.max(this.#trimmed, this.before?.index ?? 0);
  }

  /** Every owner before is dead, and the log was read: what it does not hold now does not come later. */
  settled(): void {
    this.#maybe.clear();
    this.#unknown.clear();
  }

  /** The log gave this as its latest checkpoint: throws when it cannot be. */
  restored(found: Published | null): void {
    if (isSame(found, this.latest)) return;
    const least = this.latest?.index ?? 0;
    const candidates = [...this.#maybe.keys()].filter(({ index }) => index >= least);
    if (this.#passedOver !== null) candidates.push(this.#passedOver);
    const match = candidates.find((one) => isSame(one, found));
    if (match === undefined)
      throw new Violation(
        `the checkpoint is ${shown(found)}, not ${[this.latest, ...candidates].map(shown).join(' or ')}`,
      );
    this.published(match);
  }

  /** The log was asked to go back; it gave this one, or refused when `found` is undefined. */
  fellBack(found: Published | null | undefined): void {
    const { before } = this;
    const canGoBack = this.#trimmed <= (before?.index ?? 0);
    if (found === undefined) {
      if (canGoBack) throw new Violation(`the log refused to go back to ${shown(before)}`);
      return;
    }
    if (!canGoBack) throw new Violation('the log went back to where its entries are gone');
    if (!isSame(found, before))
      throw new Violation(`the log went back to ${shown(found)}, not ${shown(before)}`);
    this.#passedOver = this.#line.pop() ?? null;
    this.wentBack += 1;
  }
}

/** A checkpoint of a log, read to its end. */
export async function readCheckpoint(checkpoint: Checkpoint | null): Promise<Published | null> {
  if (checkpoint === null) return null;
  const state = new Map<string, string>();
  for await (const { key, bytes } of checkpoint.records) {
    if (bytes === null || state.has(key)) throw new Violation(`a checkpoint holds ${key} twice, or deleted`);
    state.set(key, Buffer.from(bytes).toString('latin1'));
  }
  return { index: checkpoint.index, state };
}

function isSame(a: Published | null, b: Published | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.index !== b.index || a.state.size !== b.state.size) return false;
  return [...a.state].every(([key, value]) => b.state.get(key) === value);
}

function shown(published: Published | null): string {
  if (published === null) return 'none';
  const state = [...published.state].sort().map(([key, value]) => `${key}:${value.slice(0, 6)}`);
  return `${published.index} {${state.join(' ')}}`;
}
