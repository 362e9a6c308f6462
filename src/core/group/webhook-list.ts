import { limits } from '../limits.ts';
import type { Canonical, WebhookFormat, WebhookStates } from '../types.ts';

/** One thing that a webhook is to be told. It is replaced when it changes. [Q11.4] */
export interface Delivery {
  /** Of its webhook: 1, 2, ... */
  readonly number: number;
  readonly kind: 'outcome' | 'test';
  /** Whose round ended; null: a test of a webhook of the server. */
  readonly group: string | null;
  /** Null: a test. */
  readonly round: number | null;
  /** When the round ended, or the test was asked for, log time, ms, and the entry. */
  readonly at: number;
  readonly index: number;
  /** What is told: made when the round ended, so that nothing that happens to the group later takes it away. */
  readonly body: Canonical;
  /** Idempotency-Key of a test; null: none. */
  readonly key: string | null;
  readonly state: 'pending' | 'delivered' | 'failed';
  /** How many have ended, since it was made or sent anew. */
  readonly attempts: number;
  /** When the next attempt is due, log time, ms. */
  readonly nextAt: number;
  readonly lastAttemptAt: number | null;
  /** Why the last attempt failed, or why there is none any more; null: nothing has gone wrong. */
  readonly error: string | null;
}

/** The server that delivers, and until when no other may. [Q11.7] */
export interface Delivering {
  readonly server: string;
  /** Index of the entry that let it begin: higher than that of any server before. */
  readonly fence: number;
  readonly until: number;
}

export interface WebhookSettings {
  readonly url: string;
  readonly states: WebhookStates;
  readonly format: WebhookFormat;
  readonly secret: string;
}

/** A secret that was replaced, and until when it signs too, log time, ms. */
export interface FormerSecret {
  readonly secret: string;
  readonly until: number;
}

/** A webhook: where outcomes are told, and how far that has got. [Q11.1] */
export class Webhook {
  readonly id: string;
  /** How many commands the log had when it was made: no other webhook of the log has the same. */
  readonly made: number;
  settings: WebhookSettings;
  former: FormerSecret | null = null;
  /** Why it is told nothing any more; null while it is. */
  disabled: string | null = null;
  /** How many deliveries it has had: the number of the last. */
  count = 0;
  /** How many of them are delivered, and how many have failed. */
  delivered = 0;
  failed = 0;
  /** By number, lowest first. */
  pending: ReadonlyMap<number, Delivery> = new Map();
  /** Those that are over and still kept, by number, in the order in which they ended. */
  readonly over = new Map<number, Delivery>();
  /** When the next pending one is due, ms; Infinity for never. */
  next = Infinity;
  /** Of the bodies of those that are kept. */
  characters = 0;

  constructor(id: string, made: number, settings: WebhookSettings) {
    this.id = id;
    this.made = made;
    this.settings = settings;
  }

  get(number: number): Delivery | undefined {
    return this.pending.get(number) ?? this.over.get(number);
  }

  /** The delivery with the lowest number of those that are due. */
  due(now: number): Delivery | undefined {
    const among = this.next > now ? [] : this.pending.values();
    for (const delivery of among) if (delivery.nextAt <= now) return delivery;
    return undefined;
  }

  /** Takes in a new delivery, or one that has changed, and lets go what is beyond the limits. */
  set(delivery: Delivery): void {
    this.put(delivery);
    while (this.pending.size > limits.deliveriesPending) this.failOldest();
    while (this.characters > limits.deliveryCharactersKept)
      if (this.over.size > 0) this.forgetOldest();
      else this.failOldest();
  }

  /** Nothing of what waits is delivered any more. */
  failAll(error: string): void {
    for (const delivery of [...this.pending.values()]) this.put({ ...delivery, state: 'failed', error });
  }

  private put(delivery: Delivery): void {
    const { number, state, nextAt, body } = delivery;
    const before = this.get(number);
    if (before === undefined) this.characters += body.length;
    else if (before.state !== 'pending') this[before.state] -= 1;
    this.over.delete(number);
    const pending = this.pending as Map<number, Delivery>;
    if (state === 'pending') {
      pending.set(number, delivery);
      // One that is sent anew comes before those with higher numbers.
      if (before !== undefined && before.state !== 'pending')
        this.pending = new Map([...pending].sort(([a], [b]) => a - b));
    } else {
      pending.delete(number);
      this[state] += 1;
      this.over.set(number, delivery);
      if (this.over.size > limits.deliveriesKept) this.forgetOldest();
    }
    if (before?.state === 'pending' && before.nextAt === this.next) this.next = nextOf(this.pending.values());
    else if (state === 'pending') this.next = Math.min(this.next, nextAt);
  }

  private failOldest(): void {
    const [oldest] = this.pending.values();
    this.put({ ...(oldest as Delivery), state: 'failed', error: 'too many deliveries were waiting' });
  }

  private forgetOldest(): void {
    const [[number, oldest]] = this.over as unknown as [[number, Delivery]];
    this.over.delete(number);
    this.characters -= oldest.body.length;
  }
}

function nextOf(deliveries: Iterable<Delivery>): number {
  let next = Infinity;
  for (const { nextAt } of deliveries) next = Math.min(next, nextAt);
  return next;
}

/** The webhooks of a group, or of the server, by id. */
export class Webhooks {
  private readonly webhooks = new Map<string, Webhook>();

  get size(): number {
    return this.webhooks.size;
  }

  /** When the next delivery of any of them is due, ms; Infinity for never. */
  get next(): number {
    return this.size === 0 ? Infinity : nextOfAll(this.values());
  }

  get(id: string): Webhook | undefined {
    return this.webhooks.get(id);
  }

  values(): Iterable<Webhook> {
    return this.webhooks.values();
  }

  add(webhook: Webhook): void {
    this.webhooks.set(webhook.id, webhook);
  }

  delete(id: string): void {
    this.webhooks.delete(id);
  }
}

function nextOfAll(webhooks: Iterable<Webhook>): number {
  let next = Infinity;
  for (const webhook of webhooks) next = Math.min(next, webhook.next);
  return next;
}

/** The webhooks of a group that has none: one object for all such groups. Nothing is added to it. */
export const noWebhooks = new Webhooks();
