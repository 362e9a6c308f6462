import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdClient } from './client.ts';
import { type Keys, utf8 } from './keys.ts';
import { methods, when } from './messages.ts';

export interface LeadOptions {
  /** Seconds without renewal after which another server may lead. Default 5. */
  readonly ttl?: number;
  /** The newest version of entries that this server understands, for the others to know. Without it, the first. */
  readonly supported?: number;
  /** Whose clock it writes by. Default: its own name. */
  readonly clock?: string;
  /** Called when this server begins or ceases to lead. */
  readonly onChange?: (leading: boolean) => void;
}

/** What a server tells the others, in JSON under its key: whose clock it has, how new it is, its latest state hash. */
export interface About {
  readonly clock: string;
  readonly supported: number;
  readonly told?: { readonly index: number; readonly hash: string };
}

/**
 * One server's place among those that share the log, held by a lease: it says that it is there and what it
 * understands, and stands for election as the one that ticks and checkpoints. Both save trouble and guard nothing:
 * two leaders, or none, and a place that is missing must be harmless, since a lease can end or live on without its
 * holder knowing.
 */
export class Candidate {
  readonly #client: EtcdClient;
  readonly #keys: Keys;
  readonly #server: string;
  readonly #ttl: number;
  #about: About;
  readonly #onChange: (leading: boolean) => void;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #lease: number | null = null;
  #elected = false;
  #until = 0;
  #told = false;

  constructor(client: EtcdClient, keys: Keys, server: string, options: LeadOptions = {}) {
    this.#client = client;
    this.#keys = keys;
    this.#server = server;
    this.#ttl = options.ttl ?? 5;
    this.#about = { clock: options.clock ?? server, supported: options.supported ?? 1 };
    this.#onChange = options.onChange ?? (() => {});
    this.#running = this.#run();
  }

  /** True while the last confirmed renewal, counted from when it was sent, has not run out. */
  get leading(): boolean {
    return this.#elected && performance.now() < this.#until;
  }

  /** Tells the others a state hash for as long as this server is there, instead of the one told before. */
  async publish(index: number, hash: string): Promise<void> {
    this.#about = { ...this.#about, told: { index, hash } };
    // Without a lease it is told as soon as there is one again.
    if (this.#lease !== null) await this.#say(this.#lease);
  }

  /** Leaves: a leader steps down at once, and the others no longer count this server. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#elected = false;
    this.#tell();
    if (this.#lease !== null)
      await this.#client.call(methods.leaseRevoke, { id: this.#lease }).catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // A lease of which it is not known what it holds is left to run out.
      await this.#turn().catch(() => this.#drop());
      this.#tell();
      await sleep((this.#ttl * 1000) / 3, undefined, { signal }).catch(() => {});
    }
  }

  async #turn(): Promise<void> {
    const sentAt = performance.now();
    const held = this.#lease === null ? false : await this.#renew(this.#lease).catch(() => null);
    if (held === false || (held === null && performance.now() >= this.#until)) this.#drop();
    if (held === null) return;
    this.#lease ??= await this.#enter();
    this.#until = sentAt + this.#ttl * 1000;
    this.#elected ||= await this.#stand(this.#lease);
  }

  #drop(): void {
    this.#lease = null;
    this.#elected = false;
  }

  /** Makes itself known, under a new lease. */
  async #enter(): Promise<number> {
    const id = randomInt(1, 2 ** 48 - 1);
    await this.#client.call(methods.leaseGrant, { id, ttl: this.#ttl });
    await this.#say(id);
    return id;
  }

  async #say(lease: number): Promise<void> {
    const value = utf8(JSON.stringify(this.#about));
    await this.#client.call(methods.put, { key: this.#keys.server(this.#server), value, lease });
  }

  /** Takes the lead if nobody has it. */
  async #stand(lease: number): Promise<boolean> {
    const { kvs } = await this.#client.repeat(methods.range, { key: this.#keys.leader });
    if (kvs.length > 0) return false;
    const { succeeded } = await this.#client.call(methods.txn, {
      compare: [when.version(this.#keys.leader, 0)],
      success: [{ put: { key: this.#keys.leader, value: utf8(this.#server), lease } }],
      failure: [],
    });
    return succeeded;
  }

  /** False when the lease has ended; rejects when nobody answers. */
  async #renew(id: number): Promise<boolean> {
    const { stream, member } = await this.#client.stream(methods.leaseKeepAlive);
    const deadline = setTimeout(() => stream.cancel(), (this.#ttl * 1000) / 3);
    try {
      return await new Promise<boolean>((resolve, reject) => {
        stream.on('data', (reply: { ttl: number }) => resolve(reply.ttl > 0));
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('the stream ended')));
        stream.write({ id });
      });
    } catch (error) {
      this.#client.rotate(member);
      throw error;
    } finally {
      clearTimeout(deadline);
      stream.cancel();
    }
  }

  #tell(): void {
    if (this.leading === this.#told) return;
    this.#told = this.leading;
    this.#onChange(this.#told);
  }
}
