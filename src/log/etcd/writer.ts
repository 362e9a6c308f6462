import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appended, LogFailure } from '../log.ts';
import { tooLarge } from '../tail.ts';
import { EntryReader, MissingEntries } from './entries.ts';
import { EtcdError } from './errors.ts';
import type { Guard } from './guard.ts';
import { text, utf8 } from './key-layout.ts';
import { methods, type TxnRequest, type TxnResponse, when } from './messages.ts';

/** A writer's slot: the key whose version counts its entries, and the revision that created it. */
interface Slot {
  readonly writer: string;
  readonly key: Uint8Array;
  readonly born: number;
  /** Version of the slot key: 1 when new, one more with each entry. */
  version: number;
}

export interface WriterOptions {
  readonly timeout: number;
  readonly giveUpAfter: number;
  readonly maxEntryBytes: number;
  /** Called after each try, with null when the cluster answered, else with why it did not do what it was asked. */
  readonly onTry: (error: EtcdError | null) => void;
}

type Refusal = Extract<Appended, { ok: false }>;

/** Why no more tries are made; `notExecuted` when none of them can have had an effect. */
type GivenUp = Refusal & { readonly notExecuted: boolean };

/** A wrong password stays wrong; but while an earlier try may have had an effect, that must be found out. */
const isFinal = ({ code }: EtcdError, notExecuted: boolean) =>
  code === 'no-space' || code === 'too-large' || (code === 'denied' && notExecuted);

/**
 * Appends entries, each with effect once, however often it is sent.
 *
 * The writer has a slot, the key `w/<writer>`. One transaction puts the slot, the entry and the head, on the condition that
 * the slot is as the last append left it: so it can be sent again, to any member, and has effect once.
 *
 * No read can prove that a try will have no effect, since it may still wait in a queue. To give an append up, the slot is
 * deleted on the same condition: whichever transaction comes first wins, the other finds the slot changed. A deletion needs
 * no space, so this works in a full database too. An append that was refused for newcomers is given up as well: an
 * earlier try could still have effect once they have left. A slot's name is never used again, and its condition names the
 * revision that created it, so no late transaction can bring it back.
 */
export class Writer {
  readonly #guard: Guard;
  readonly #options: WriterOptions;
  #slot: Slot | null = null;
  #stopping = false;

  constructor(guard: Guard, options: WriterOptions) {
    this.#guard = guard;
    this.#options = options;
  }

  /** `asOf`: a revision after which no server may have registered. */
  async append(entry: Uint8Array, asOf?: number): Promise<Appended> {
    const refusal = tooLarge(entry, this.#options.maxEntryBytes);
    if (refusal) return refusal;
    const stopAt = Date.now() + this.#options.giveUpAfter;
    const slot = this.#slot ?? (await this.#open(stopAt));
    if ('ok' in slot) return slot;
    this.#slot = slot;
    const reply = await this.#resend(this.#insertion(slot, entry, asOf), stopAt);
    if ('ok' in reply) return this.#giveUp(slot, reply);
    const detail = this.#newcomersIn(slot, reply, asOf);
    return detail === null
      ? this.#conclude(slot, reply, null)
      : this.#deleteSlot(slot, { ok: false, reason: 'newcomers', detail });
  }

  /** Removes the slot. */
  async close(): Promise<void> {
    this.#stopping = true;
    const slot = this.#slot;
    this.#slot = null;
    if (slot) await this.#guard.client.call(methods.txn, this.#deletion(slot)).catch(() => {});
  }

  /** Gives the append in flight no more tries once its time is up. */
  stop(): void {
    this.#stopping = true;
  }

  #insertion(slot: Slot, entry: Uint8Array, asOf: number | undefined): TxnRequest {
    const number = slot.version;
    const { servers } = this.#guard.keys;
    return {
      compare: [
        ...this.#unchanged(slot),
        ...(asOf === undefined ? [] : [when.noneCreatedAfter(servers, asOf)]),
      ],
      success: [
        { put: { key: slot.key, value: utf8(String(number)) } },
        { put: { key: this.#guard.keys.entry(slot.writer, number), value: entry } },
        { put: { key: this.#guard.keys.head, value: utf8(`${slot.writer}/${number}`) } },
        { range: { key: this.#guard.keys.head } },
      ],
      failure: [
        { range: { key: slot.key } },
        ...(asOf === undefined ? [] : [{ range: { ...servers, keysOnly: true } }]),
      ],
    };
  }

  #deletion(slot: Slot): TxnRequest {
    return {
      compare: this.#unchanged(slot),
      success: [{ delete: { key: slot.key } }],
      failure: [{ range: { key: slot.key } }],
    };
  }

  #unchanged(slot: Slot) {
    return [
      when.createRevision(slot.key, slot.born),
      when.version(slot.key, slot.version),
      ...this.#guard.conditions,
    ];
  }

  /** Creates a slot. The entry has not been sent, so that a failure is a definite refusal. */
  async #open(stopAt: number): Promise<Slot | Refusal> {
    const writer = randomBytes(16).toString('hex');
    const key = this.#guard.keys.slot(writer);
    const reply = await this.#resend(
      {
        compare: [when.version(key, 0), ...this.#guard.conditions],
        success: [{ put: { key, value: utf8('0') } }],
        failure: [{ range: { key } }],
      },
      stopAt,
    );
    if ('ok' in reply) return { ok: false, reason: reply.reason, detail: reply.detail };
    if (reply.succeeded) return { writer, key, born: reply.header.revision, version: 1 };
    const made = reply.responses[0]?.range?.kvs[0];
    if (!made) throw this.#guard.failure();
    if (made.version !== 1)
      throw new LogFailure(`etcd: the slot of writer ${writer} was changed by somebody else`);
    return { writer, key, born: made.createRevision, version: 1 };
  }

  /** Sends until answered, to several members where one is slow, or gives the reason to stop trying. */
  async #resend(request: TxnRequest, stopAt: number): Promise<TxnResponse | GivenUp> {
    try {
      const reply = await this.#guard.client.hedge(methods.txn, request, {
        stopAt,
        isFinal,
        onFailure: (error) => {
          if (error.code !== 'no-space' && error.code !== 'too-large') this.#options.onTry(error);
        },
      });
      this.#options.onTry(null);
      return reply;
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      const { code, message: detail, notExecuted } = error;
      if (code === 'no-space' || code === 'too-large')
        return { ok: false, reason: code, detail, notExecuted: false };
      return { ok: false, reason: 'unavailable', detail, notExecuted };
    }
  }

  #giveUp(slot: Slot, { notExecuted, ...refusal }: GivenUp): Promise<Appended> | Appended {
    return notExecuted ? refusal : this.#deleteSlot(slot, refusal);
  }

  /** Deletes the slot, however long it takes: until then nobody knows whether the entry is in the log. */
  async #deleteSlot(slot: Slot, refusal: Refusal): Promise<Appended> {
    for (let tries = 1; ; tries++) {
      const reply = await this.#resend(this.#deletion(slot), Date.now() + this.#options.timeout);
      if (!('ok' in reply)) {
        if (!reply.succeeded) return this.#conclude(slot, reply, refusal);
        this.#slot = null;
        return refusal;
      }
      if (this.#stopping)
        throw new LogFailure(`etcd: closed with an append of unknown outcome: ${reply.detail}`);
      await sleep(this.#guard.client.pause(tries));
    }
  }

  /** Names the servers that registered after `asOf`; null when the entry was not refused for that. */
  #newcomersIn(slot: Slot, { succeeded, responses }: TxnResponse, asOf = Infinity): string | null {
    const found = responses[0]?.range?.kvs[0];
    if (succeeded || found?.createRevision !== slot.born || found.version !== slot.version) return null;
    const came = responses[1]?.range?.kvs.filter(({ createRevision }) => createRevision > asOf) ?? [];
    if (came.length === 0) return null;
    return `${came.map(({ key }) => this.#guard.keys.serverOf(key)).join(', ')} came meanwhile`;
  }

  /** The result of an append: the entry is in, or the slot shows what happened to it. */
  async #conclude(slot: Slot, reply: TxnResponse, refusal: Refusal | null): Promise<Appended> {
    if (reply.succeeded) {
      const index = reply.responses[3]?.range?.kvs[0]?.version;
      if (index === undefined) throw new LogFailure('etcd answered an append without the head');
      return this.#appended(slot, index, reply.header.revision);
    }
    const found = reply.responses[0]?.range?.kvs[0];
    if (!found) {
      if (!refusal) throw new LogFailure('etcd: the slot of this writer was deleted');
      this.#slot = null;
      return refusal;
    }
    if (found.createRevision === slot.born && found.version === slot.version) throw this.#guard.failure();
    const ours = found.createRevision === slot.born && found.version === slot.version + 1;
    if (!ours || text(found.value) !== String(slot.version)) {
      throw new LogFailure('etcd: the slot of this writer was changed by somebody else');
    }
    return this.#appended(slot, await this.#indexOf(found.modRevision), found.modRevision);
  }

  #appended(slot: Slot, index: number, revision: number): Appended {
    this.#guard.saw({ index, revision, key: this.#guard.keys.entry(slot.writer, slot.version) });
    slot.version++;
    return { ok: true, index };
  }

  /** The index of an entry that is in, but whose reply was lost. */
  async #indexOf(revision: number): Promise<number> {
    const reader = new EntryReader(this.#guard);
    for (let tries = 1; ; tries++) {
      try {
        return await reader.indexOf(revision);
      } catch (error) {
        if (error instanceof MissingEntries)
          throw new LogFailure(`etcd: an entry was trimmed before its reply: ${error.message}`);
        if (!(error instanceof EtcdError) || this.#stopping)
          throw new LogFailure('etcd: lost an index', { cause: error });
        this.#options.onTry(error);
        await sleep(this.#guard.client.pause(tries));
      }
    }
  }
}
