import type { Command } from '../../src/core/entry.ts';
import { dueDeliveries } from '../../src/core/group/deliveries.ts';
import { signingSecrets, viewWebhook } from '../../src/core/view/webhook.ts';
import { type ModelDelivery, ModelHook } from './hook.ts';
import type { ModelGroup } from './state.ts';
import { StreamCheck } from './stream-check.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;
export type HookCommand = Of<
  'put-webhook' | 'delete-webhook' | 'test-webhook' | 'replay-delivery' | 'delivered' | 'delivery-failed'
>;

/** Who is told of outcomes, and whether that has worked. [Q11] */
export class Webhooks extends StreamCheck {
  /** Of groups by name, and of the server. */
  private readonly hooks = new Map<string | null, Map<string, ModelHook>>();
  /** Rounds whose end has been told: the group, as it was seen, and the number. */
  private readonly ended = new Map<ModelGroup, Set<number>>();
  private delivering: { readonly server: string; readonly fence: number; readonly until: number } | null =
    null;

  /** Queues what has ended since it was looked at last, for the webhooks there are now. [Q11.4] */
  protected tellEnded(): void {
    for (const group of this.groups.values()) {
      const told = this.ended.get(group) ?? new Set();
      this.ended.set(group, told);
      for (const { number, ended } of group.rounds) {
        if (ended === null || told.has(number)) continue;
        told.add(number);
        for (const owner of [group.name, null])
          for (const hook of this.hooksOf(owner).values()) this.tellOne(hook, group, number);
      }
    }
  }

  private tellOne(hook: ModelHook, group: ModelGroup, round: number): void {
    // compare() checks this record against the proposals.
    const state = this.realGroup(group).closed.get(round)?.state;
    const isWanted = hook.put.states === 'all' || hook.put.states === state;
    if (isWanted && hook.disabled === null) hook.add(`${group.name} ${round}`, this.now);
  }

  /** What a deletion ended before the group went is in no record: the real one says what the server's webhooks are told. */
  protected forgetHooks(name: string): void {
    this.hooks.delete(name);
    for (const [id, hook] of this.hooksOf(null)) {
      const { count, pending } = this.real.webhooks.get(id) ?? this.wrong(`webhook ${id} is missing`);
      for (let number = hook.told.length + 1; number <= count; number += 1) {
        const { group, round } = pending.get(number) ?? this.wrong(`${id} has no delivery ${number}`);
        hook.add(`${group} ${round}`, this.now);
      }
    }
  }

  /** Whether a webhook of the group has something to deliver: it is not idle then. [Q11.2] */
  protected isTelling({ name }: ModelGroup): boolean {
    return [...this.hooksOf(name).values()].some(({ told }) => told.some(({ state }) => state === 'pending'));
  }

  private hooksOf(owner: string | null): Map<string, ModelHook> {
    const known = this.hooks.get(owner) ?? new Map<string, ModelHook>();
    this.hooks.set(owner, known);
    return known;
  }

  /** One server delivers. [Q11.7] */
  protected takeDeliveries({ server, lease }: Of<'take-deliveries'>): void {
    const before = this.delivering;
    const isOther = before !== null && before.server !== server;
    const did = isOther && this.now < before.until ? 'deliveries-held' : 'deliveries-taken';
    this.expectDid(did);
    if (did === 'deliveries-taken') {
      const fence = before === null || isOther ? this.real.index : before.fence;
      this.delivering = { server, fence, until: this.now + lease };
    }
    const has = JSON.stringify(this.real.delivering);
    if (has !== JSON.stringify(this.delivering)) this.wrong(`who delivers is ${has}`);
  }

  protected toHooks(group: ModelGroup | null, command: HookCommand): void {
    if (command.type === 'delivered' || command.type === 'delivery-failed')
      return void this.endAttempt(command);
    const { byKeyHash, id } = command;
    const isKeyed = group !== null && group.settings.admission !== 'open';
    if (isKeyed && byKeyHash !== null && byKeyHash !== group.joinKey)
      return void this.expectRefusal(['join-key-wrong']);
    const hooks = this.hooksOf(command.group);
    if (command.type === 'put-webhook') return void this.putHook(hooks, command);
    const hook = hooks.get(id);
    if (hook === undefined) return void this.expectRefusal(['webhook-not-found']);
    if (command.type === 'delete-webhook') {
      this.expectDid('webhook-deleted');
      hooks.delete(id);
      return;
    }
    const known =
      command.type === 'test-webhook'
        ? hook.told.find(({ key }) => key !== null && key === command.key)
        : hook.told[command.number - 1];
    if (command.type === 'test-webhook' && known !== undefined)
      return void this.expectDid('delivery-queued-before');
    if (command.type === 'replay-delivery' && known === undefined)
      return void this.expectRefusal(['delivery-not-found']);
    if (hook.disabled !== null) return void this.expectRefusal(['webhook-disabled']);
    this.expectDid('delivery-queued');
    if (command.type === 'test-webhook') hook.add('test', this.now, command.key);
    else hook.again(known as ModelDelivery, this.now);
  }

  private putHook(hooks: Map<string, ModelHook>, command: Of<'put-webhook'>): void {
    const known = hooks.get(command.id);
    if (known === undefined) {
      this.expectDid('webhook-made');
      hooks.set(command.id, new ModelHook(command));
      return;
    }
    this.expectDid(known.change(command, this.now) ? 'webhook-changed' : 'webhook-unchanged');
  }

  private endAttempt(command: Of<'delivered' | 'delivery-failed'>): void {
    const hook = this.hooksOf(command.group).get(command.id);
    const delivery = hook?.told[command.number - 1];
    const real = (command.group === null ? this.real : this.real.groups.get(command.group))?.webhooks;
    const isThis = real?.get(command.id)?.made === command.made;
    const isNew =
      command.type === 'delivered'
        ? delivery?.state !== 'delivered'
        : delivery?.state === 'pending' &&
          delivery.attempts === command.attempt - 1 &&
          command.fence === this.delivering?.fence;
    const counts = hook !== undefined && delivery !== undefined && isThis && isNew;
    this.expectDid(counts ? 'attempt-noted' : 'attempt-ignored');
    if (!counts) return;
    if (command.type === 'delivered') hook.delivered(delivery, command.attempt);
    else hook.failed(delivery, command, this.now);
  }

  protected override compare(): void {
    super.compare();
    const due: string[] = [];
    for (const [owner, hooks] of this.hooks) {
      const real = owner === null ? this.real.webhooks : this.real.groups.get(owner)?.webhooks;
      if ((real?.size ?? 0) !== hooks.size)
        this.wrong(`${owner} has ${real?.size} webhooks, not ${hooks.size}`);
      for (const [id, hook] of hooks) {
        const one = real?.get(id) ?? this.wrong(`webhook ${id} is missing`);
        const wrong = hook.differs(one, this.now);
        if (wrong !== null) this.wrong(`webhook ${id} of ${owner}: ${wrong}`);
        const shown = viewWebhook(one, { group: owner, logId: 'log', now: this.now });
        if (JSON.stringify(shown).includes('whsec')) this.wrong(`webhook ${id} shows a secret`);
        if (signingSecrets(one, this.now).join() !== hook.secrets(this.now).join())
          this.wrong(`webhook ${id} signs with ${signingSecrets(one, this.now).join()}`);
        const first = [...one.pending.values()].find(({ nextAt }) => nextAt <= this.now);
        if (first !== undefined) due.push(`${owner} ${id} ${first.number}`);
      }
    }
    const found = [...dueDeliveries(this.real, this.now)].map(
      ({ group, webhook, delivery }) => `${group?.name ?? null} ${webhook.id} ${delivery.number}`,
    );
    if (found.sort().join() !== due.sort().join())
      this.wrong(`due is ${found.join()}, should be ${due.join()}`);
  }
}
