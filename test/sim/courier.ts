import { dueDeliveries } from '../../src/core/group/deliveries.ts';
import type { Result } from '../../src/core/result.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { Random } from './random.ts';
import type { World } from './world.ts';

interface CourierOptions {
  readonly world: World;
  readonly replica: Replica;
  /** Of the process: no other life of a server has it. */
  readonly name: string;
  readonly seed: number;
  readonly group: string;
  readonly isOver: () => boolean;
}

const lease = 600;

/**
 * Delivers as a server does: takes the lease where something is due, sends, and reports. Its server may end between any two steps, and it
 * may go on after its lease. What is sent arrives, or is refused, at random.
 */
export class Courier {
  private readonly o: CourierOptions;
  private readonly random: Random;

  constructor(options: CourierOptions) {
    this.o = options;
    this.random = new Random(options.seed);
  }

  start(): void {
    const { world, isOver } = this.o;
    world.after(100 + this.random.below(100), () => {
      if (isOver()) return;
      const again = () => this.start();
      // What could not be recorded is tried again when its turn comes.
      this.work().then(again, again);
    });
  }

  private async work(): Promise<void> {
    const { world, replica, name, group, isOver } = this.o;
    const { state } = replica;
    if (state.version < 2) return;
    if (state.webhooks.size === 0) await this.put(null, 'all');
    if (state.groups.get(group)?.webhooks.size === 0) await this.put(group, 'own');
    if (state.undelivered.next > state.time) return;
    const taken = await replica.submit({ type: 'take-deliveries', server: name, lease }, asItIs);
    if (!taken.ok || taken.did !== 'deliveries-taken') return;
    for (const { group: owner, webhook, delivery } of [...dueDeliveries(state, state.time)].slice(0, 4)) {
      await world.sleep(this.random.below(300));
      if (isOver()) return;
      const about = {
        group: owner?.name ?? null,
        id: webhook.id,
        made: webhook.made,
        number: delivery.number,
      };
      const attempt = { ...about, attempt: delivery.attempts + 1, fence: taken.fence };
      const failed = { error: '503', retryAfter: null, gone: false };
      if (this.random.chance(0.7)) await replica.submit({ type: 'delivered', ...attempt }, asItIs);
      else await replica.submit({ type: 'delivery-failed', ...attempt, ...failed }, asItIs);
    }
  }

  private put(group: string | null, id: string): Promise<Result> {
    const settings = { url: 'https://a.example', states: 'all', format: 'standard' } as const;
    const how = { byKeyHash: null, keepSecret: true, secret: 'whsec_a' };
    return this.o.replica.submit({ type: 'put-webhook', group, id, ...settings, ...how }, asItIs);
  }
}

function asItIs(result: Result): Result {
  return result;
}
