import type { Json } from '../../src/core/types.ts';
import { Answers } from './expected.ts';
import { askedIn, type ModelItem, type ModelMessage } from './items.ts';
import { type Membership, type Stability, stabilityOf } from './stability.ts';
import type { ModelGroup, ModelMember } from './state.ts';

/** The bounds of a stream. [Q9.8] */
const kept = { messages: 1000, items: 10_000 };

/** The part of the model that numbers what happens, and knows who was in which view. [Q9] */
export class Streams extends Answers {
  /** The highest offset that any group of a name has had. [Q9.7] */
  private readonly highest = new Map<string, number>();

  /** Puts an item at the end of the stream. */
  protected emit(group: ModelGroup, type: ModelItem['type'], fields: { [field: string]: Json }): number {
    const { items } = group.stream;
    const offset = (items.at(-1)?.offset ?? this.beforeFirst(group)) + 1;
    const view = type === 'view' ? offset : this.viewOf(group);
    const at = new Date(this.now).toISOString();
    items.push({ offset, index: this.real.index, view, type, at, ...fields });
    this.highest.set(group.name, offset);
    if (items.length === 1) group.stream.oldest = offset;
    this.forgetOldest(group);
    return offset;
  }

  /** With the group its stream ends; the close of its open round is the last item, which only those see who follow it. */
  protected endStream(group: ModelGroup): void {
    if (this.openOf(group) !== null) this.highest.set(group.name, (this.highest.get(group.name) ?? 0) + 1);
    this.groups.delete(group.name);
  }

  /** Which offsets a group begins with that was made again is not said, but that they are above those of the old one. */
  private beforeFirst(group: ModelGroup): number {
    const highest = this.highest.get(group.name);
    if (highest === undefined) return 0;
    const { oldest } = this.realGroup(group).stream;
    if (oldest <= highest) this.wrong(`a group made again begins at ${oldest}, the old one had ${highest}`);
    return oldest - 1;
  }

  protected changeOfView(
    group: ModelGroup,
    { agent, name, kind, role, incarnation }: ModelMember,
    change: 'left' | 'expired' | 'renamed',
  ): void {
    this.emit(group, 'view', { change, agent, ...shownAs(name, kind), role, incarnation });
    if (change !== 'renamed') group.stream.facts.push({ did: 'end', agent, incarnation });
  }

  /** Its incarnation is the offset of its join. [Q9.4] */
  protected joins(group: ModelGroup, member: ModelMember): void {
    const { agent, name, kind, role } = member;
    const incarnation = (group.stream.items.at(-1)?.offset ?? 0) + 1;
    member.incarnation = incarnation;
    this.emit(group, 'view', { change: 'joined', agent, ...shownAs(name, kind), role, incarnation });
  }

  /** The view in force; before the first, what stands for none. */
  protected viewOf({ stream }: ModelGroup): number {
    return stream.items.findLast(({ type }) => type === 'view')?.offset ?? 0;
  }

  /** Who is in the view that is in force, by going through all views from the first. */
  protected membersIn({
    stream,
  }: ModelGroup): Map<
    string,
    Membership & { readonly role: Json; readonly name?: Json; readonly kind?: Json }
  > {
    const members = new Map<
      string,
      Membership & { readonly role: Json; readonly name?: Json; readonly kind?: Json }
    >();
    for (const { type, change, agent, incarnation, role, name, kind } of stream.items) {
      if (type !== 'view') continue;
      members.delete(agent as string);
      if (change === 'left' || change === 'expired') continue;
      const known = { agent: agent as string, incarnation: incarnation as number, role: role as Json };
      members.set(known.agent, { ...known, ...shownAs(name ?? null, kind ?? null) });
    }
    return members;
  }

  /** Kept is the longest end of the stream that is within the bounds, and what was let go does not come back. [Q9.8] */
  protected forgetOldest(group: ModelGroup): void {
    const { stream, settings } = group;
    const most = settings.retention?.messages ?? kept.messages;
    const within = (from: number): boolean => {
      const rest = stream.items.filter(({ offset }) => offset >= from);
      return rest.length <= kept.items && rest.filter(({ type }) => type === 'message').length <= most;
    };
    while (!within(stream.oldest)) stream.oldest += 1;
  }

  protected isKept({ stream }: ModelGroup, offset: number): boolean {
    return offset >= stream.oldest && offset <= (stream.items.at(-1)?.offset ?? 0);
  }

  /** Whether this token, or whoever manages the group, reads what the message says. [Q9.11] */
  protected mayRead(
    group: ModelGroup,
    message: ModelMessage,
    token: string | null,
    isManager = false,
  ): boolean {
    if (message.to === null || isManager) return true;
    if (token === null) return false;
    if (message.readers.has(token)) return true;
    // In a group that admits otherwise a name is free again: whoever is invited under it later is somebody else.
    if (!message.byInvite) return false;
    return [message.from, ...message.to].some((agent) => group.invites.get(agent)?.token === token);
  }

  protected stabilityIn({ stream }: ModelGroup, offset: number): Stability | null {
    const asked = askedIn(stream, offset);
    return asked === null ? null : stabilityOf(asked, stream.facts);
  }

  /** Offsets of the kept messages that are not yet stable, and may still be. */
  protected pendingIn(group: ModelGroup): number[] {
    const all = [...group.stream.messages.keys()].filter((offset) => this.isKept(group, offset));
    return all.filter((offset) => this.stabilityIn(group, offset) === 'pending');
  }
}

/** Of a name and a kind those that there are. */
function shownAs<T extends Json>(name: T | null, kind: T | null): { readonly name?: T; readonly kind?: T } {
  return { ...(name === null ? {} : { name }), ...(kind === null ? {} : { kind }) };
}
