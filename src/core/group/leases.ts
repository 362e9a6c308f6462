import { DueQueue } from './due.ts';

/** The fields of a member that its lease is about. */
interface Lease {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly expiresAt: number;
  readonly live: boolean;
}

/**
 * The members of a group by the end of their lease, live and gone, so that nothing has to look through all of them. Follows
 * from the members; not stored.
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

  /** The agent whose lease that is; of several, the first in text order. */
  get first(): string | undefined {
    return this.live.first;
  }

  /** Of the agents that are gone, the one whose lease ended first. */
  get firstGone(): string | undefined {
    return this.gone.first;
  }

  /** Call it with each member that is new, and with one that comes back. */
  add(member: Lease): void {
    this.gone.delete(member.agent);
    if (!member.live) {
      this.gone.set(member.agent, member.expiresAt);
      return;
    }
    this.live.set(member.agent, member.expiresAt);
    if (member.role === 'voter') this.liveVoters += 1;
  }

  /** Call it when the lease of a live member ends later than before. */
  renewed({ agent, expiresAt }: Lease): void {
    this.live.set(agent, expiresAt);
  }

  /** Call it when a live member is gone. */
  ended({ agent, role, expiresAt }: Lease): void {
    this.live.delete(agent);
    this.gone.set(agent, expiresAt);
    if (role === 'voter') this.liveVoters -= 1;
  }

  /** Call it when one that is gone is a member no more. */
  forgotten(agent: string): void {
    this.gone.delete(agent);
  }
}

/** The leases of a group without members: one object for all such groups. Nothing is added to it. */
export const noLeases = new Leases();

export function leasesOf(members: ReadonlyMap<string, Lease>): Leases {
  if (members.size === 0) return noLeases;
  const leases = new Leases();
  for (const member of members.values()) leases.add(member);
  return leases;
}
