import { setTimeout as sleep } from 'node:timers/promises';
import type { CallRecord } from '../../../src/cli/log/history.ts';
import type { HeardRecord } from '../../../src/cli/log/transcripts.ts';
import { connect, type Group, type QuorateError } from '../../../src/client/index.ts';
import { randomFrom } from '../../harness/random.ts';
import type { Orders } from './history.ts';

/** One line of what members of a group said and heard. */
export type TalkRecord = CallRecord | HeardRecord;

/** Longer than any fault lasts: nobody is to be out of the view for a late renewal. */
const lease = '120s';

/** A member of the group of all: says something now and then, and hears everything from the group's first item on. */
export class Talker {
  private readonly orders: Orders;
  private readonly record: (line: TalkRecord) => void;
  private readonly name: string;
  private readonly following = new AbortController();
  private listening: Promise<void> = Promise.resolve();

  constructor(orders: Orders, record: (line: TalkRecord) => void) {
    this.orders = orders;
    this.record = record;
    this.name = `${orders.group.slice(-1)}-${orders.agent}`;
  }

  /** Joins, and talks until `signal` aborts; resolves when its last message is answered. */
  async run(signal: AbortSignal): Promise<void> {
    const { urls, talk, seed } = this.orders;
    const random = randomFrom(seed + 1);
    const member = await connect({ urls }).group(talk).join(this.name, { ttl: lease });
    this.listening = this.listen(connect({ urls, token: member.token }).group(talk));
    for (let n = 1; !signal.aborted; n += 1) {
      await this.say(member.group, n);
      await sleep(400 + random() * 1200, null, { signal }).catch(() => {});
    }
  }

  /** Resolves when it has heard all that there is. To be called once nobody says anything any more. */
  drained(): Promise<void> {
    this.following.abort(new Error('enough was heard'));
    return this.listening;
  }

  private async say(group: Group, n: number): Promise<void> {
    const key = `${this.name}-${process.pid}-${n}`;
    const body = `${key} says hello`;
    const invokedAt = now();
    const response = await group
      .say(body, { idempotencyKey: key })
      .catch(({ code = 'crash' }: Partial<QuorateError>) => ({ code, index: 0 }));
    const about = { group: group.name, agent: this.name, round: null, body, key };
    const times = { invokedAt, completedAt: now() };
    this.record({ process: this.name, op: 'say', ...about, ...times, response } as CallRecord);
  }

  private async listen(group: Group): Promise<void> {
    const { signal } = this.following;
    let after: number | undefined;
    const hear = async (items: ReturnType<Group['listen']>): Promise<void> => {
      for await (const item of items) {
        this.record({ process: this.name, op: 'heard', group: group.name, item } as HeardRecord);
        after = item.offset;
      }
    };
    await hear(group.listen({ signal })).catch((error) => {
      if (!signal.aborted) throw error;
    });
    await hear(group.listen({ after, follow: false }));
  }
}

/** ns of the machine's monotonic clock. */
function now(): number {
  return Number(process.hrtime.bigint());
}
