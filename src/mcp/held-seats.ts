import type { Group, JoinedJson, JoinOptions, Member } from '../client/index.ts';
import { Seats } from './seats.ts';

const leaveWithinMs = 3000;

/** The names that this process holds, with their leases, and the keys of the groups that it made. */
export class HeldSeats extends Seats {
  override readonly keepsTokens = true;
  private readonly members = new Map<string, Member<Group>>();
  private readonly made = new Set<string>();

  /** The group as this agent sees it, where it has joined here; else as `read` does. */
  override of(group: string, agent: string): Group {
    return this.members.get(seat(group, agent))?.group ?? this.read(group);
  }

  /** The group for reading: as one who may, if this process is somebody in it, and else as the caller. */
  override read(group: string): Group {
    const member = [...this.members.values()].find((one) => one.group.name === group);
    return member?.group ?? this.managed(group);
  }

  /** The group for who manages it: with its join key, where this process made it. */
  override managed(group: string): Group {
    const plain = this.client.group(group);
    return this.made.has(group) ? plain.as(this.keysFor(group).joinKey) : plain;
  }

  /** Takes a seat, or answers with the one that is held; its lease is renewed until the process ends. */
  override async join(group: string, agent: string, options: JoinOptions): Promise<JoinedJson> {
    const held = this.members.get(seat(group, agent));
    if (held?.live) return held.joined;
    const key = options.key ?? (this.made.has(group) ? this.keysFor(group).joinKey : undefined);
    const { instance } = this.parts;
    const how = { ...options, instance, ...(key !== undefined && { key }) };
    const member = await this.client.group(group).join(agent, how);
    this.members.set(seat(group, agent), member);
    return member.joined;
  }

  override keep(group: string): void {
    this.made.add(group);
  }

  /** Gives every seat up. Of those that no server takes back in time the lease runs out. */
  async leave(): Promise<void> {
    const leaving = [...this.members.values()].map((member) => member.leave({ deadline: leaveWithinMs }));
    await Promise.allSettled(leaving);
  }
}

function seat(group: string, agent: string): string {
  return `${group}/${agent}`;
}
