import { DueQueue } from './due.ts';

/** What of a member says whether it is there. */
interface Lease {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly expiresAt: number;
  readonly live: boolean;
}

/**
 * Whose lease ends when, and who is gone, so that nobody has to look through all members of a group. Follows from the
 * members, and is not stored.
 */
export class Leases {
  /** Members who are live, by the end of their lease. */
  private readonly live = new DueQueue();
  private readonly gone = new DueQueue();
  private liveVoters = 0;

  /** How many are live. */
  get size(): number {
    return this.live.size;
  }

  /** How many of them are voters. */
  get voters(): number {
    return this.liveVoters;
  }

  /** When the next lease ends; Infinity for none. */
  get next(): number {
    return this.live.next;
  }

  /** Whose lease that is; of several, the first in text order. */
  get first(): string | undefined {
    return this.live.first;
  }

  /** Who of those that are gone had the lease that ended first. */
  get firstGone(): string | undefined {
    return this.gone.first;
  }

  /** To be told of each member that is new, and of one that comes back. */
  add(member: Lease): void {
    this.gone.delete(member.agent);
    if (!member.live) {
      this.gone.set(member.agent, member.expiresAt);
      return;
    }
    this.live.set(member.agent, member.expiresAt);
    if (member.role === 'voter') this.liveVoters += 1;
  }

  /** To be told when the lease of a live member ends later than before. */
  renewed({ agent, expiresAt }: Lease): void {
    this.live.set(agent, expiresAt);
  }

  /** To be told when a live member is gone. */
  ended({ agent, role, expiresAt }: Lease): void {
    this.live.delete(agent);
    this.gone.set(agent, expiresAt);
    if (role === 'voter') this.liveVoters -= 1;
  }

  /** To be told when one that is gone is a member no more. */
  forgotten(agent: string): void {
    this.gone.delete(agent);
  }
}

/** What a group without members has: all such groups share it, and nobody is added to it. */
export const noLeases = new Leases();

export function leasesOf(members: ReadonlyMap<string, Lease>): Leases {
  if (members.size === 0) return noLeases;
  const leases = new Leases();
  for (const member of members.values()) leases.add(member);
  return leases;
}
