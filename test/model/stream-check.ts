import type { Group } from '../../src/core/group/state.ts';
import type { Message } from '../../src/core/group/stream.ts';
import { viewItem, viewStability } from '../../src/core/view/stream.ts';
import { askedIn, type ModelItem } from './items.ts';
import { Messages } from './messages.ts';
import { type Standing, stabilityOf, standingOf } from './stability.ts';
import type { ModelGroup } from './state.ts';

/** The real streams, as readers see them, against those of the model. */
export class StreamCheck extends Messages {
  /** Up to which offset the items have been looked at. */
  private looked = 0;
  /** Messages that were pending then. */
  private pending: ReadonlySet<number> = new Set();

  protected override compare(): void {
    super.compare();
    for (const group of this.groups.values()) this.compareStream(group, this.realGroup(group));
  }

  private compareStream(group: ModelGroup, real: Group): void {
    const { stream } = group;
    const end = stream.items.at(-1)?.offset ?? 0;
    const has = `${real.stream.oldest} to ${real.stream.end} in view ${real.stream.view}`;
    const due = `${stream.oldest} to ${end} in view ${this.viewOf(group)}`;
    if (has !== due) this.wrong(`the stream has ${has}, should have ${due}`);
    this.compareMembers(group, real);
    // What was looked at before is looked at again now and then: it must not change.
    const from = this.real.index % 8 === 0 ? 0 : this.looked;
    for (const item of stream.items) {
      const isDue = item.offset > from || this.pending.has(item.offset);
      if (isDue && item.offset >= stream.oldest) this.compareItem(group, real, item);
    }
    this.looked = end;
    this.pending = new Set(this.pendingIn(group));
  }

  /** The members are those that the views lead to. [Q9.3] */
  private compareMembers(group: ModelGroup, real: Group): void {
    const text = (members: Iterable<object>): string =>
      [...members]
        .map((one) => JSON.stringify(one))
        .sort()
        .join();
    const live = [...real.members.values()].filter((member) => member.live);
    const has = text(live.map(({ agent, incarnation, role, name }) => ({ agent, incarnation, role, name })));
    const members = [...this.membersIn(group).values()];
    const due = text(
      members.map(({ agent, incarnation, role, name }) => ({ agent, incarnation, role, name })),
    );
    if (has !== due) this.wrong(`the members are ${has}, the views say ${due}`);
    for (const { agent, cursor } of real.members.values())
      if (cursor !== (group.stream.cursors.get(agent) ?? null))
        this.wrong(`the cursor of ${agent} is ${cursor}`);
  }

  private compareItem(group: ModelGroup, real: Group, due: ModelItem): void {
    const { offset, index } = due;
    const item = real.stream.at(offset) ?? this.wrong(`offset ${offset} is missing`);
    const { revision, ...shown } = viewItem(real, item, {
      tokenHash: null,
      isManager: true,
    }) as unknown as ModelItem;
    if (textOf(shown as ModelItem) !== textOf(due))
      this.wrong(`offset ${offset} is ${textOf(shown as ModelItem)}, should be ${textOf(due)}`);
    const whole = textOf({ ...due, revision } as ModelItem);
    const withheld = textOf({ offset, index, withheld: true } as unknown as ModelItem);
    const message = group.stream.messages.get(offset);
    for (const token of this.tokensIn(group)) {
      const may = message === undefined || this.mayRead(group, message, token);
      const seen = textOf(
        viewItem(real, item, { tokenHash: token, isManager: false }) as unknown as ModelItem,
      );
      if (seen !== (may ? whole : withheld)) this.wrong(`under ${token} offset ${offset} is ${seen}`);
    }
    if (message !== undefined) this.compareStability(group, real, item as Message);
  }

  /** Tokens that anybody has had, and none. */
  private tokensIn(group: ModelGroup): Set<string | null> {
    const tokens = new Set<string | null>([null, 'of nobody']);
    for (const { token } of group.members.values()) tokens.add(token);
    for (const { token } of group.invites.values()) if (token !== null) tokens.add(token);
    for (const { token } of group.stream.messages.values()) tokens.add(token);
    return tokens;
  }

  private compareStability({ stream }: ModelGroup, real: Group, item: Message): void {
    const { stability, acknowledgements } = viewStability(real, item);
    const asked = askedIn(stream, item.offset);
    const due = asked === null ? null : stabilityOf(asked, stream.facts);
    if (stability !== due) this.wrong(`offset ${item.offset} is ${stability}, should be ${due}`);
    if (asked === null || acknowledgements === null) {
      if (acknowledgements !== asked) this.wrong(`offset ${item.offset} asks for no acknowledgements`);
      return;
    }
    // Once it is final it is as it was at that moment.
    const settled = stream.facts.findIndex(
      (_, i) => stabilityOf(asked, stream.facts.slice(0, i)) !== 'pending',
    );
    const standing = standingOf(asked, settled < 0 ? stream.facts : stream.facts.slice(0, settled));
    for (const part of ['acknowledged', 'waiting', 'gone'] as const) {
      const { count, agents } = acknowledgements[part];
      const isNamed = part === 'waiting' && due !== 'pending' ? true : sameNames(agents, standing[part]);
      if (count !== standing[part].length || !isNamed)
        this.wrong(`offset ${item.offset}: ${part} are ${agents.join()}, should be ${standing[part].join()}`);
    }
    if (acknowledgements.recipients !== asked.recipients.length)
      this.wrong(`offset ${item.offset} has ${acknowledgements.recipients} recipients`);
  }
}

function sameNames(some: readonly string[], others: Standing['waiting']): boolean {
  return [...some].sort().join() === [...others].sort().join();
}

/** The order of fields counts for nothing. */
function textOf(item: ModelItem): string {
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}
