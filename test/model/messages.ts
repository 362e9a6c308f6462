import type { Command } from '../../src/core/entry.ts';
import type { RefusalCode } from '../../src/core/result.ts';
import type { Json } from '../../src/core/types.ts';
import type { ModelMessage } from './items.ts';
import { Proposals } from './proposals.ts';
import { type Membership, neededOf, stabilityOf } from './stability.ts';
import type { ModelGroup, ModelMember } from './state.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** At most this many messages of a group wait to be acknowledged. [Q9.10] */
const mostPending = 100;

/** What becomes of a message and of a cursor. [Q9.5] [Q9.9] */
export class Messages extends Proposals {
  protected speak(group: ModelGroup, command: Of<'say'>): void {
    const { tokenHash, key } = command;
    if (tokenHash === null) return void this.expectRefusal(['token-required']);
    const sender = [...group.members.values()].find(({ live, token }) => live && token === tokenHash);
    this.touch(group, sender?.agent ?? null);
    const earlier = key === null ? null : this.saidUnder(group, tokenHash, key);
    if (earlier !== null) return void this.repeat(group, earlier, command);
    if (sender === undefined) return void this.expectRefusal(['agent-not-found', 'token-wrong']);
    const message = this.messageOf(group, sender, command);
    const against = this.against(group, command, message);
    if (against.length > 0) return void this.expectRefusal(against);
    const { from, to, replyTo, round, ackBy } = message;
    const named = sender.name === null ? {} : { name: sender.name };
    const said = { from, ...named, body: JSON.parse(message.body) as Json, to, replyTo, round, ackBy };
    const view = this.viewOf(group);
    const offset = this.emit(group, 'message', said as { [field: string]: Json });
    group.stream.messages.set(offset, message);
    // It counts as a change, though it is no step of the revision. [Q9.2]
    group.seen.since = this.now;
    this.expectSaid('said', offset, view, this.real.index);
  }

  /** The offset of the kept message that came with this key under this token. [Q9.6] */
  private saidUnder(group: ModelGroup, token: string, key: string): number | null {
    for (const [offset, message] of group.stream.messages)
      if (message.token === token && message.key === key && this.isKept(group, offset)) return offset;
    return null;
  }

  /** Before anything else is looked at, be the sender still there or not. */
  private repeat(group: ModelGroup, offset: number, command: Of<'say'>): void {
    const { stream } = group;
    const first = stream.messages.get(offset) as ModelMessage;
    const item = stream.items.find((one) => one.offset === offset);
    const same = (one: unknown, other: unknown): boolean =>
      JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
    const { body, to, replyTo, round, ackBy } = command;
    const isSame =
      body === first.body &&
      same(to === undefined ? null : [...new Set(to)], first.to) &&
      same(replyTo, first.replyTo) &&
      same(round, first.round) &&
      same(ackBy, first.ackBy);
    if (!isSame) this.expectRefusal(['key-reused']);
    else this.expectSaid('said-before', offset, item?.view ?? 0, item?.index ?? 0);
  }

  private messageOf(group: ModelGroup, sender: ModelMember, command: Of<'say'>): ModelMessage {
    const { body, key, replyTo = null, round = null, ackBy = null } = command;
    // A name counts once.
    const to = command.to === undefined ? null : [...new Set(command.to)];
    const members = this.membersIn(group);
    const asked =
      to ?? [...members.values()].filter(({ role }) => role === 'voter').map(({ agent }) => agent);
    const recipients = asked.flatMap((agent): Membership[] => {
      const member = members.get(agent);
      return member === undefined ? [] : [{ agent, incarnation: member.incarnation }];
    });
    const readers = new Set(
      [sender.agent, ...(to ?? [])].flatMap((agent) => group.members.get(agent)?.token ?? []),
    );
    const from = sender.agent;
    const byInvite = group.settings.admission === 'invite';
    return { from, body, to, replyTo, round, ackBy, token: sender.token, key, readers, recipients, byInvite };
  }

  /** Everything that speaks against a message; empty when it must be taken. */
  private against(group: ModelGroup, { inView }: Of<'say'>, message: ModelMessage): RefusalCode[] {
    const { to, replyTo, round, ackBy, recipients, token } = message;
    const against: RefusalCode[] = [];
    if (inView !== undefined && inView !== this.viewOf(group)) against.push('view-changed');
    const members = this.membersIn(group);
    if (to?.some((agent) => !members.has(agent))) against.push('not-in-view');
    if (replyTo !== null) {
      const answered = group.stream.messages.get(replyTo);
      const isThere = answered !== undefined && this.isKept(group, replyTo);
      if (!isThere || !this.mayRead(group, answered, token)) against.push('message-not-found');
      if (replyTo < group.stream.oldest) against.push('messages-not-kept');
    }
    if (round !== null && (round < 1 || round > group.rounds.length)) against.push('round-not-open');
    if (ackBy === null) return against;
    const needed = neededOf(ackBy, recipients.length);
    if (recipients.length === 0 || needed > recipients.length) against.push('ack-out-of-reach');
    const asked = { offset: Infinity, from: message.from, ackBy, recipients };
    const isPending = stabilityOf(asked, []) === 'pending';
    if (isPending && this.pendingIn(group).length >= mostPending) against.push('limit-reached');
    return against;
  }

  protected setCursor(group: ModelGroup, command: Of<'set-cursor'>): void {
    const { agent, offset } = command;
    const member = group.members.get(agent);
    if (!member?.live) return void this.expectRefusal(['agent-not-found']);
    const wrong = this.impostor(group, command);
    if (wrong !== null) return void this.expectRefusal([wrong]);
    this.touch(group, agent);
    const { items, cursors, facts } = group.stream;
    if (offset > (items.at(-1)?.offset ?? 0)) return void this.expectRefusal(['cursor-ahead']);
    const { incarnation } = member;
    const present = cursors.get(agent) ?? incarnation;
    const due = Math.max(present, offset);
    // Whoever was answered with a cursor has one.
    cursors.set(agent, due);
    facts.push({ did: 'read', agent, incarnation, upTo: offset });
    const { result } = this;
    if (!result.ok || result.did !== 'cursor-set' || result.agent !== agent || result.offset !== due)
      this.wrong(`expected the cursor of ${agent} to be ${due}`);
  }

  private expectSaid(did: 'said' | 'said-before', offset: number, view: number, index: number): void {
    const { result } = this;
    if (
      !result.ok ||
      result.did !== did ||
      result.offset !== offset ||
      result.view !== view ||
      result.index !== index
    )
      this.wrong(`expected ${did} at ${offset} in view ${view}, entry ${index}`);
  }
}
