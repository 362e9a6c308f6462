import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegisteredServer, Registration, ServerInfo, ServerList, Shown } from '../log.ts';
import type { EtcdClient } from './client.ts';
import { type KeyLayout, text, utf8 } from './key-layout.ts';
import { methods, when } from './messages.ts';

/** Seconds without a renewal after which the lease ends. */
const leaseSeconds = 5;
const renewEveryMs = (leaseSeconds * 1000) / 3;

/** What a server's key holds, as JSON. */
type Stored = Omit<RegisteredServer, 'server'>;

/** The servers that are registered now. */
export async function registeredServers(client: EtcdClient, keys: KeyLayout): Promise<ServerList> {
  const { kvs, header } = await client.repeat(methods.range, keys.servers);
  const servers = kvs.map(({ key, value }) => ({
    server: keys.serverOf(key),
    ...(JSON.parse(text(value)) as Stored),
  }));
  return { servers, asOf: header.revision };
}

/** One server's registration: two keys under one lease, its own and, while it leads, the leader's. */
export class EtcdRegistration implements Registration {
  readonly #client: EtcdClient;
  readonly #keys: KeyLayout;
  readonly #server: string;
  #stored: Stored;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #lease: number | null = null;
  #elected = false;
  /** When the lease ends, as far as this server knows, by `performance.now()`. */
  #until = 0;

  constructor(client: EtcdClient, keys: KeyLayout, { server, ...about }: ServerInfo) {
    this.#client = client;
    this.#keys = keys;
    this.#server = server;
    this.#stored = { ...about, stateHash: null };
    this.#running = this.#run();
  }

  /** True while the last confirmed renewal, counted from when it was sent, has not run out. */
  get leads(): boolean {
    return this.#elected && performance.now() < this.#until;
  }

  async publish(index: number, hash: string): Promise<void> {
    this.#stored = { ...this.#stored, stateHash: { index, hash } };
    // Without a lease it is published as soon as there is one again.
    if (this.#lease !== null) await this.#put(this.#lease);
  }

  async show(shown: Shown): Promise<void> {
    this.#stored = { ...this.#stored, shown };
    if (this.#lease !== null) await this.#put(this.#lease);
  }

  servers(): Promise<ServerList> {
    return registeredServers(this.#client, this.#keys);
  }

  /** A leader steps down at once, and the others no longer count this server. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#elected = false;
    if (this.#lease !== null)
      await this.#client.call(methods.leaseRevoke, { id: this.#lease }).catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // A lease of which it is not known what it holds is left to run out.
      await this.#keepLease().catch(() => this.#drop());
      await sleep(renewEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #keepLease(): Promise<void> {
    const sentAt = performance.now();
    const renewed = this.#lease === null ? false : await this.#renew(this.#lease).catch(() => null);
    if (renewed === false || (renewed === null && performance.now() >= this.#until)) this.#drop();
    if (renewed === null) return;
    this.#lease ??= await this.#register();
    this.#until = sentAt + leaseSeconds * 1000;
    this.#elected ||= await this.#campaign(this.#lease);
  }

  #drop(): void {
    this.#lease = null;
    this.#elected = false;
  }

  /** Returns a new lease, which holds this server's key. */
  async #register(): Promise<number> {
    const id = randomInt(1, 2 ** 48 - 1);
    await this.#client.call(methods.leaseGrant, { id, ttl: leaseSeconds });
    await this.#put(id);
    return id;
  }

  async #put(lease: number): Promise<void> {
    const value = utf8(JSON.stringify(this.#stored));
    await this.#client.call(methods.put, { key: this.#keys.server(this.#server), value, lease });
  }

  /** Becomes the leader if there is none; returns whether it did. */
  async #campaign(lease: number): Promise<boolean> {
    const { kvs } = await this.#client.repeat(methods.range, { key: this.#keys.leader });
    if (kvs.length > 0) return false;
    const { succeeded } = await this.#client.call(methods.txn, {
      compare: [when.version(this.#keys.leader, 0)],
      success: [{ put: { key: this.#keys.leader, value: utf8(this.#server), lease } }],
      failure: [],
    });
    return succeeded;
  }

  /** Returns false when the lease has ended; rejects when no answer comes. */
  async #renew(id: number): Promise<boolean> {
    const { stream, member } = await this.#client.stream(methods.leaseKeepAlive);
    const deadline = setTimeout(() => stream.cancel(), renewEveryMs);
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
}
