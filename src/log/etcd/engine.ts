import { setTimeout as sleep } from 'node:timers/promises';
import type { KeptCertificates } from '../../certificates.ts';
import {
  type Appended,
  type Checkpoint,
  type CheckpointWrite,
  type LogEntry,
  LogFailure,
  type LogInfo,
  type LogMember,
  type LogSpace,
  NoSpace,
  type ServerInfo,
  type SharedLog,
  type Unavailability,
} from '../log.ts';
import { checkFrom, closedLog } from '../tail.ts';
import { Availability } from './availability.ts';
import { EtcdCheckpoints } from './checkpoints.ts';
import { EtcdClient } from './client.ts';
import { EntryReader, type EntryRevision, type Head, MissingEntries } from './entries.ts';
import { EtcdError } from './errors.ts';
import { Guard } from './guard.ts';
import { adoptIdentity } from './identity.ts';
import { KeyLayout } from './key-layout.ts';
import { MemberStates } from './member-states.ts';
import { methods, type StatusResponse } from './messages.ts';
import { type EtcdOptions, parseEtcdUrl } from './options.ts';
import { EtcdRegistration } from './registration.ts';
import { SharedRead } from './shared-read.ts';
import { EtcdSpace } from './space.ts';
import { Watch, type WatchCounts } from './watch.ts';
import { Writer } from './writer.ts';

const maxEntryBytes = 512 * 1024;
const checkEveryMs = 500;
/** Checks between two that ask for the space as well. */
const checksToSpace = 10;
/** How often a reader looks for entries that should be there. */
const attempts = 5;

/**
 * Opens the log under a prefix of an etcd cluster; creates it when there is none. Takes an address as `parseEtcdUrl`
 * reads it, or options. Rejects with an Error that says why the cluster could not be used, or with `LogFailure` when what
 * is under the prefix is no log that this release knows.
 */
export async function openEtcdLog(
  where: string | EtcdOptions,
  { onCertificates }: { readonly onCertificates?: (kept: KeptCertificates) => void } = {},
): Promise<EtcdLog> {
  const options = typeof where === 'string' ? parseEtcdUrl(where) : where;
  const client = new EtcdClient(options);
  if (client.certificates !== null) onCertificates?.(client.certificates);
  try {
    const keys = new KeyLayout(options.prefix);
    const identity = await adoptIdentity(client, keys, options.giveUpAfter);
    const guard = new Guard(client, keys, identity.bytes);
    const head = await new EntryReader(guard).head(options.barrier);
    return new EtcdLog(options, identity.id, guard, head);
  } catch (error) {
    client.close();
    if (!(error instanceof EtcdError)) throw error;
    throw new Error(`cannot open the log in etcd (${options.endpoints.join(', ')}): ${error.message}`, {
      cause: error,
    });
  }
}

export class EtcdLog implements SharedLog {
  readonly info: LogInfo;
  readonly #client: EtcdClient;
  readonly #keys: KeyLayout;
  readonly #options: EtcdOptions;
  readonly #reader: EntryReader;
  readonly #writer: Writer;
  readonly #checkpoints: EtcdCheckpoints;
  readonly #watch: Watch;
  readonly #availability: Availability;
  readonly #space = new EtcdSpace();
  readonly #memberStates: MemberStates;
  readonly #heads = new SharedRead(() => this.#readHead());
  readonly #stop = new AbortController();
  readonly #checking: Promise<void>;
  #failure: LogFailure | null = null;
  #appending: Promise<unknown> = Promise.resolve();
  #checkpointing = false;

  /** Use `openEtcdLog`. */
  constructor(options: EtcdOptions, id: string, guard: Guard, head: Head) {
    this.#client = guard.client;
    this.#keys = guard.keys;
    this.#options = options;
    this.#memberStates = new MemberStates(guard.client);
    this.#reader = new EntryReader(guard);
    this.#checkpoints = new EtcdCheckpoints(this.#reader, guard);
    this.#availability = new Availability(2 * options.timeout);
    this.#watch = new Watch({
      guard,
      head,
      readHead: () => this.#readHead(),
      fail: (failure) => this.#fail(failure),
    });
    this.#writer = new Writer(guard, {
      timeout: options.timeout,
      giveUpAfter: options.giveUpAfter,
      maxEntryBytes,
      onTry: (error) => this.#note(error),
    });
    this.info = {
      id,
      kind: 'etcd',
      durability: 'cluster',
      location: `${options.tls ? 'etcds' : 'etcd'}://${options.endpoints.join(',')}/${options.prefix}`,
      exclusive: false,
      checkpoints: 'full',
      maxEntryBytes,
    };
    this.#checking = this.#check();
  }

  /** Since when the cluster has not answered, and the last error; null while it does. */
  get unavailable(): Unavailability | null {
    return this.#availability.lost;
  }

  /** How often the watch was repaired, for tests. */
  get counts(): Readonly<WatchCounts> {
    return this.#watch.counts;
  }

  append(entry: Uint8Array, asOf?: number): Promise<Appended> {
    const appending = this.#appending.then(async () => {
      this.#usable();
      const appended = await this.#writer.append(entry, asOf);
      if (appended.ok) this.#watch.expect(appended.index);
      if (appended.ok || appended.reason === 'no-space')
        this.#space.answered(appended.ok ? null : appended.detail);
      return appended;
    });
    this.#appending = appending.catch((error) => this.#fail(error));
    return appending;
  }

  async *entries(from: number, signal: AbortSignal): AsyncGenerator<LogEntry, void, undefined> {
    checkFrom(from);
    let next = from;
    let anchor: EntryRevision | null = null;
    for (let failures = 0; !signal.aborted; ) {
      this.#usable();
      if (next > this.#watch.index) {
        await this.#watch.more(signal);
        continue;
      }
      const recent = this.#watch.recent.from(next);
      try {
        anchor ??= recent ? null : await this.#checkpoints.anchor(next);
        for await (const { index, revision, bytes } of recent ?? this.#reader.read(next, anchor!)) {
          if (signal.aborted) return;
          this.#usable();
          yield { index, bytes };
          next = index + 1;
          anchor = { index, revision };
          failures = 0;
        }
      } catch (error) {
        anchor = null;
        await this.#beforeRetry(error, ++failures, signal);
      }
    }
  }

  async head(): Promise<number> {
    this.#usable();
    return (await this.#heads.next()).index;
  }

  async checkpoint(checkpoint: CheckpointWrite): Promise<void> {
    this.#usable();
    if (!checkpoint.full) throw new Error('a checkpoint in etcd names every key');
    if (this.#checkpointing) throw new Error('a checkpoint is already being written');
    this.#checkpointing = true;
    try {
      this.#watch.recent.trim(await this.#checkpoints.write(checkpoint));
    } catch (error) {
      if (error instanceof LogFailure) throw this.#fail(error);
      throw error instanceof EtcdError && error.code === 'no-space' ? new NoSpace(error.message) : error;
    } finally {
      this.#checkpointing = false;
    }
  }

  async restore(): Promise<Checkpoint | null> {
    this.#usable();
    return this.#checkpoints.restore();
  }

  /** Gives an append up whose outcome is unknown `giveUpAfter` ms after it began: the cluster may never come back. */
  async close(): Promise<void> {
    this.#writer.stop();
    await this.#appending;
    const first = !this.#stop.signal.aborted;
    this.#failure ??= closedLog();
    this.#stop.abort();
    this.#watch.stop();
    if (first) await this.#writer.close();
    this.#client.close();
    await this.#checking;
  }

  register(server: ServerInfo): EtcdRegistration {
    this.#usable();
    return new EtcdRegistration(this.#client, this.#keys, server);
  }

  members(): Promise<readonly LogMember[]> {
    return this.#memberStates.read();
  }

  get space(): LogSpace {
    return this.#space.now;
  }

  /** The member that answers now: its release, its database in bytes, and what is wrong with it. */
  async status(): Promise<StatusResponse> {
    this.#usable();
    const status = await this.#client.repeat(methods.status, {});
    this.#space.reported(status);
    return status;
  }

  /** Asks twice a second whether the cluster answers, the log is still the same and the watch keeps up; and now and then for the space. */
  async #check(): Promise<void> {
    const { signal } = this.#stop;
    for (let looks = 0; !signal.aborted; looks++) {
      try {
        await this.#heads.next();
        if (looks % checksToSpace === 0) await this.status();
      } catch (error) {
        if (error instanceof LogFailure) return;
      }
      await sleep(checkEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #readHead(): Promise<Head> {
    this.#usable();
    try {
      const head = await this.#reader.head(this.#options.barrier);
      this.#note(null);
      this.#watch.expect(head.index);
      return head;
    } catch (error) {
      if (error instanceof EtcdError) this.#note(error);
      throw error instanceof LogFailure ? this.#fail(error) : error;
    }
  }

  #note(error: EtcdError | null): void {
    if (error === null) this.#availability.answered();
    else if (error.code === 'denied') this.#availability.refused(error);
    else this.#availability.unanswered(error);
  }

  /** Waits before a reader tries again; throws an error that another try cannot change. */
  async #beforeRetry(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (error instanceof MissingEntries) {
      if (failures >= attempts)
        throw this.#fail(new LogFailure(`etcd: entries are missing: ${error.message}`));
    } else if (!(error instanceof EtcdError)) {
      throw error instanceof LogFailure ? this.#fail(error) : error;
    }
    await sleep(this.#client.pause(failures), undefined, { signal }).catch(() => {});
  }

  #usable(): void {
    if (this.#failure) throw this.#failure;
  }

  /** The first failure stands: nothing works after it. */
  #fail(error: unknown): LogFailure {
    const failure =
      error instanceof LogFailure ? error : new LogFailure('etcd: unexpected', { cause: error });
    this.#failure ??= failure;
    this.#watch.stop();
    return this.#failure;
  }
}
