import type { Call } from '../../src/client/call.ts';
import { transportOf } from '../../src/client/connect.ts';
import { hasCode } from '../../src/client/errors.ts';
import { type ConnectOptions, connect } from '../../src/client/index.ts';
import type { Transport } from '../../src/client/transport.ts';
import type { FollowRecord } from './evidence.ts';
import { joinKey, observerKey, type TalkOp } from './plan.ts';
import { abortError, callLimit, intent, type Of, type Station } from './station.ts';

/** What a page of a stream says. */
interface Page {
  readonly items: readonly Item[];
  readonly end: number;
  readonly view: number;
}

interface Item {
  readonly offset: number;
  readonly type?: string;
  readonly ackBy?: unknown;
}

/** ms for which a reader lets itself be held. */
const heldFor = 700;

/**
 * What one process says, hears and has handled in a group that admits by its join key. Each server that it asks is told by its
 * session how far it has seen; what it was told is judged by ../check/talk.
 */
export class Talker {
  private readonly id: string;
  private readonly s: Station;
  private readonly options: ConnectOptions;
  private readonly plain: Transport;
  private token: string | null = null;
  /** Under which it is a member. */
  private name: string;
  private heard = 0;
  private handled = 0;
  /** The views it has heard of last, the newest first. */
  private views: readonly number[] = [];
  private messages: readonly number[] = [];
  /** Those that ask for acknowledgements, of others and its own. */
  private asking: readonly number[] = [];
  private keys = 0;

  constructor(id: string, station: Station, options: ConnectOptions) {
    this.id = id;
    this.name = id;
    this.s = station;
    this.options = options;
    this.plain = transportOf(options);
  }

  act(op: Of<TalkOp['do']>): Promise<unknown> {
    const path = `/v1/groups/${op.group}`;
    switch (op.do) {
      case 'enter':
        return this.enter(path, op);
      case 'stay':
        return this.send('POST', `${path}/agents/${this.name}/renew`);
      case 'exit':
        return this.exit(path);
      case 'vote':
        return this.vote(op);
      case 'say':
        return this.say(path, op);
      case 'listen':
        return this.listen(path, op);
      case 'follow':
        return this.follow(op);
      case 'handle':
        return this.handle(path, op);
      case 'stability':
        return this.stability(path, op);
      case 'view':
        return this.members(path, op);
      case 'remake':
        return this.remake(path, op);
    }
  }

  private async enter(path: string, { ttl, role, name, as = this.id }: Of<'enter'>): Promise<void> {
    const body = { ttl, role, name, instance: `instance-of-${this.id}` };
    const call = { method: 'PUT', path: `${path}/agents/${as}`, body, deadline: callLimit } as const;
    const joined = (await this.plain.as(joinKey).send<{ token: string; view: number }>(call)).body;
    this.token = joined.token;
    this.name = as;
    this.see([joined.view]);
  }

  private async exit(path: string): Promise<void> {
    await this.send('DELETE', `${path}/agents/${this.name}`);
    this.token = null;
    this.name = this.id;
  }

  private async vote({ group, value }: Of<'vote'>): Promise<void> {
    this.s.intended.add(intent(group, '*', this.name, value));
    this.keys += 1;
    const headers = { 'idempotency-key': `${this.id}-votes-${this.keys}` };
    const body = { agent: this.name, value };
    const call = { method: 'POST', path: `/v1/groups/${group}/proposals`, headers, body } as const;
    await this.own().send({ ...call, deadline: callLimit });
  }

  private async say(path: string, op: Of<'say'>): Promise<void> {
    this.keys += 1;
    const { to, ackBy, wait, again, other } = op;
    const replyTo = op.replies ? this.messages.at(-1) : undefined;
    const inView = op.inView === undefined ? undefined : this.views[op.inView === 'heard' ? 0 : 1];
    const body = { body: { text: op.text, of: this.keys }, to, ackBy, replyTo, inView };
    const headers = { 'idempotency-key': `${this.id}-says-${this.keys}` };
    for (let i = 0; i <= again; i += 1) {
      const said = other && i === again ? { ...body, body: 'another body' } : body;
      const call = { method: 'POST', path: `${path}/messages`, headers, body: said, wait } as const;
      const from = i === 0 ? this.own() : this.elsewhere(i);
      const reply = await from.send<{ offset: number }>({ ...call, deadline: callLimit + wait });
      if (ackBy !== undefined) this.asking = [...this.asking, reply.body.offset];
    }
  }

  private async listen(path: string, op: Of<'listen'>): Promise<void> {
    const control = new AbortController();
    const cancel = this.s.setting.world.after(op.for, () => control.abort(abortError()));
    const { limit, messagesOnly, as } = op;
    const from = as === 'member' ? this.own() : this.plain.as(as === 'manager' ? joinKey : observerKey);
    const consistency = op.local ? 'local' : undefined;
    let after = op.from === 'oldest' || this.heard === 0 ? undefined : this.heard;
    try {
      for (;;) {
        const call = {
          method: 'GET',
          path: `${path}/${messagesOnly ? 'messages' : 'stream'}`,
          query: { after, limit, consistency },
          wait: heldFor,
        } as const;
        const { signal } = control;
        try {
          const { items, end } = (await from.send<Page>({ ...call, deadline: callLimit, signal })).body;
          if (as === 'member') this.hear(items);
          // Beyond the end is another history; from nothing it goes on with what comes now.
          if (end < (after ?? 0)) after = undefined;
          else after = items.at(-1)?.offset ?? after ?? end;
          if (as === 'member' && !messagesOnly) this.heard = after ?? 0;
        } catch (error) {
          if (!hasCode(error, 'messages-not-kept')) throw error;
          after = undefined;
        }
      }
    } finally {
      cancel();
    }
  }

  private async follow({ group, for: lasts }: Of<'follow'>): Promise<void> {
    const { world } = this.s.setting;
    const control = new AbortController();
    const cancel = world.after(lasts, () => control.abort(abortError()));
    const record: FollowRecord = { process: this.id, group, began: world.stamp(), items: [], ended: 0 };
    this.s.followed.push(record);
    const member = connect({ ...this.options, token: this.token ?? undefined }).group(group);
    try {
      for await (const { offset } of member.listen({ agent: this.name, signal: control.signal }))
        record.items.push({ offset, at: world.stamp() });
    } finally {
      record.ended = world.stamp();
      cancel();
    }
  }

  private hear(items: readonly Item[]): void {
    for (const { offset, type, ackBy } of items) {
      if (type === 'view') this.see([offset]);
      if (type !== 'message') continue;
      if (!this.messages.includes(offset)) this.messages = [...this.messages, offset];
      if (ackBy !== null && !this.asking.includes(offset)) this.asking = [...this.asking, offset];
    }
  }

  private see(views: readonly number[]): void {
    this.views = [...new Set([...views, ...this.views])].sort((a, b) => b - a).slice(0, 2);
  }

  private async handle(path: string, { to }: Of<'handle'>): Promise<void> {
    const offset = to === 'beyond' ? this.heard + 1000 : to === 'lower' ? this.handled - 1 : this.heard;
    const body = { offset: Math.max(0, offset) };
    const cursor = await this.send('PUT', `${path}/agents/${this.name}/cursor`, body);
    this.handled = (cursor as { offset: number }).offset;
    await this.send('GET', `${path}/agents/${this.name}/cursor`);
  }

  private async stability(path: string, { wait, which }: Of<'stability'>): Promise<void> {
    const offset = which === 'last' ? this.asking.at(-1) : this.messages[0];
    if (offset === undefined) return;
    const call = { method: 'GET', path: `${path}/messages/${offset}`, wait } as const;
    await this.own().send({ ...call, deadline: callLimit + wait });
    await this.send('GET', `${path}/messages/${offset}/explain`);
  }

  private async members(path: string, { limit }: Of<'view'>): Promise<void> {
    let after: string | undefined;
    do {
      const query: Call['query'] = { limit, after };
      const call = { method: 'GET', path: `${path}/view`, query, deadline: callLimit } as const;
      const { body } = await this.own().send<{ next: string | null }>(call);
      after = body.next ?? undefined;
    } while (after !== undefined);
  }

  private async remake(path: string, { settings }: Of<'remake'>): Promise<void> {
    const manager = this.plain.as(joinKey);
    await manager.send({ method: 'DELETE', path, deadline: callLimit });
    await manager.send({ method: 'PUT', path, body: settings, deadline: callLimit });
  }

  private async send(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object) {
    return (await this.own().send({ method, path, body, deadline: callLimit })).body;
  }

  private own(): Transport {
    return this.token === null ? this.plain : this.plain.as(this.token);
  }

  /** The servers in another order, and nothing known of what was seen. */
  private elsewhere(turn: number): Transport {
    const { urls } = this.s;
    const turned = urls.map((_, i) => urls[(i + turn) % urls.length] as string);
    return transportOf({ ...this.options, urls: turned, token: this.token ?? undefined });
  }
}
