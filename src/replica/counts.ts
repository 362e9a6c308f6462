import { DueQueue } from '../core/group/due.ts';
import type { Group, Round, State } from '../core/group/state.ts';
import { serverName } from '../core/group/undelivered.ts';
import type { Webhook, Webhooks } from '../core/group/webhook-list.ts';
import { StoredGroup } from './checkpoints/stored-group.ts';

/** How the webhooks of one owner, or of all together, are doing. */
export interface WebhookCounts {
  readonly webhooks: number;
  /** Whose last attempt failed, and is repeated. */
  readonly failing: number;
  /** Of those, the ones for which `persistentAfter` attempts in a row have failed. */
  readonly persistent: number;
  readonly disabled: number;
  readonly pending: number;
}

/** A webhook that keeps failing. */
export interface FailingWebhook {
  /** Null: a webhook of the server. */
  readonly group: string | null;
  readonly webhook: Webhook;
  readonly attempts: number;
  readonly error: string;
}

/** After so many attempts, some five minutes after the first, a failure counts as one that lasts. */
const persistentAfter = 3;
/** Restored groups with webhooks that are read at each entry: each takes a moment. */
const readAtOnce = 20;
const none: WebhookCounts = { webhooks: 0, failing: 0, persistent: 0, disabled: 0, pending: 0 };
/** In place of the round's number, for a group that is not read yet. */
const anyRound = 0;

/**
 * What all groups come to together. It is counted from entry to entry, at a cost that grows with what an entry changes, and costs memory
 * only for groups in which something is going on: whoever asks walks through nothing.
 */
export class Counts {
  liveAgents = 0;
  private readonly state: State;
  /** Open rounds with a proposal: by the log time of the first, and their numbers. */
  private readonly undecided = new DueQueue();
  private readonly undecidedRound = new Map<string, number>();
  private readonly liveIn = new Map<string, number>();
  private readonly webhooksOf = new Map<string, WebhookCounts>();
  private all: WebhookCounts = none;
  /** Owners of webhooks that keep failing, the longest known first. */
  private readonly persistent = new Set<string>();
  /** Restored groups whose webhooks are still to be looked at. */
  private readonly unread: string[] = [];

  constructor(state: State) {
    this.state = state;
  }

  get undecidedRounds(): number {
    return this.undecided.size;
  }

  /** Log time of the oldest first proposal of an open round, ms; Infinity for none. */
  get undecidedSince(): number {
    return this.undecided.next;
  }

  get webhooks(): WebhookCounts {
    return this.all;
  }

  /** One of the webhooks that keep failing; null where there is none. */
  get failingWebhook(): FailingWebhook | null {
    const [owner] = this.persistent;
    if (owner === undefined) return null;
    for (const webhook of this.webhooksIn(owner)?.values() ?? []) {
      const first = firstPending(webhook);
      if (first === undefined || first.attempts < persistentAfter) continue;
      const group = owner === serverName ? null : owner;
      return { group, webhook, attempts: first.attempts, error: first.error ?? '' };
    }
    return null;
  }

  /** To be called once, when the state was restored. */
  restored(): void {
    const { groups } = this.state;
    for (const name of groups.keys()) {
      const held = groups.held(name);
      if (!(held instanceof StoredGroup)) {
        this.look(name);
        continue;
      }
      const { live, undecidedSince, hasWebhooks } = held.header;
      this.setLive(name, live);
      if (undecidedSince > 0) this.setUndecided(name, anyRound, undecidedSince);
      if (hasWebhooks) this.unread.push(name);
    }
    this.lookAtWebhooks(serverName, this.state.webhooks);
  }

  /** To be called right after each entry was applied, with the names of the groups that it changed. */
  applied(changed: ReadonlySet<string>): void {
    for (const name of changed) this.look(name);
    const { webhooks } = this.state;
    if (webhooks.size > 0 || this.webhooksOf.has(serverName)) this.lookAtWebhooks(serverName, webhooks);
    if (this.unread.length > 0) this.readSome();
  }

  private look(name: string): void {
    const group = this.state.groups.get(name);
    this.setLive(name, group?.leases.size ?? 0);
    const open = group?.open ?? null;
    if (open === null || open.proposals.size === 0) this.setUndecided(name, anyRound, Infinity);
    else {
      const known = this.undecidedRound.get(name);
      if (known === anyRound) this.undecidedRound.set(name, open.number);
      else if (known !== open.number) this.setUndecided(name, open.number, firstProposalAt(open));
    }
    if (group !== undefined && group.webhooks.size > 0) this.lookAtWebhooks(name, group.webhooks);
    else if (this.webhooksOf.has(name)) this.lookAtWebhooks(name, null);
  }

  private setLive(name: string, live: number): void {
    const before = this.liveIn.get(name) ?? 0;
    if (before === live) return;
    this.liveAgents += live - before;
    if (live === 0) this.liveIn.delete(name);
    else this.liveIn.set(name, live);
  }

  private setUndecided(name: string, round: number, since: number): void {
    this.undecided.set(name, since);
    if (since === Infinity) this.undecidedRound.delete(name);
    else this.undecidedRound.set(name, round);
  }

  private lookAtWebhooks(owner: string, webhooks: Webhooks | null): void {
    const now = webhooks === null ? none : countsOf(webhooks);
    this.all = sum(sum(this.all, now), this.webhooksOf.get(owner) ?? none, -1);
    if (now.webhooks === 0) this.webhooksOf.delete(owner);
    else this.webhooksOf.set(owner, now);
    if (now.persistent === 0) this.persistent.delete(owner);
    else this.persistent.add(owner);
  }

  private webhooksIn(owner: string): Webhooks | undefined {
    return owner === serverName ? this.state.webhooks : this.state.groups.get(owner)?.webhooks;
  }

  /** Reads some of the restored groups, without keeping what was read: nobody has asked for them. */
  private readSome(): void {
    for (const name of this.unread.splice(-readAtOnce)) {
      const held = this.state.groups.held(name);
      const group = held instanceof StoredGroup ? held.read() : (held as Group | undefined);
      this.lookAtWebhooks(name, group?.webhooks ?? null);
    }
  }
}

/** When the first proposal of a round came, log time, ms. */
export function firstProposalAt({ proposals, openedAt }: Pick<Round, 'proposals' | 'openedAt'>): number {
  const [first] = proposals.values();
  return openedAt + (first?.after ?? 0);
}

function countsOf(webhooks: Webhooks): WebhookCounts {
  let [failing, persistent, disabled, pending] = [0, 0, 0, 0];
  for (const webhook of webhooks.values()) {
    const attempts = firstPending(webhook)?.attempts ?? 0;
    pending += webhook.pending.size;
    if (webhook.disabled !== null) disabled += 1;
    else if (attempts > 0) failing += 1;
    if (attempts >= persistentAfter) persistent += 1;
  }
  return { webhooks: webhooks.size, failing, persistent, disabled, pending };
}

/** The delivery with the lowest number, which is tried first; undefined where nothing waits. */
function firstPending({ pending }: Webhook) {
  const [first] = pending.values();
  return first;
}

function sum(one: WebhookCounts, other: WebhookCounts, sign = 1): WebhookCounts {
  return {
    webhooks: one.webhooks + sign * other.webhooks,
    failing: one.failing + sign * other.failing,
    persistent: one.persistent + sign * other.persistent,
    disabled: one.disabled + sign * other.disabled,
    pending: one.pending + sign * other.pending,
  };
}
