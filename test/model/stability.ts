/**
 * Whether a message is stable, by the words of the clause alone: from who was asked and from everything that happened since,
 * looked through anew each time. [Q9.10]
 */

export type Stability = 'pending' | 'stable' | 'impossible';

/** One unbroken membership of an agent, by the offset of its join. [Q9.4] */
export interface Membership {
  readonly agent: string;
  readonly incarnation: number;
}

/** Something that a membership did: it moved its cursor, or it ended. */
export type Fact =
  | (Membership & { readonly did: 'read'; readonly upTo: number })
  | (Membership & { readonly did: 'end' });

/** A message that its sender wants acknowledged. */
export interface Asked {
  readonly offset: number;
  readonly from: string;
  readonly ackBy: number | 'majority' | 'all';
  readonly recipients: readonly Membership[];
}

/** How many of this many recipients the sender asks for. */
export function neededOf(ackBy: Asked['ackBy'], recipients: number): number {
  if (ackBy === 'all') return recipients;
  // More than half.
  return ackBy === 'majority' ? Math.floor(recipients / 2) + 1 : ackBy;
}

/** The recipients by what has become of them, each in one of the three. */
export interface Standing {
  readonly acknowledged: readonly string[];
  readonly waiting: readonly string[];
  readonly gone: readonly string[];
}

export function standingOf({ offset, from, recipients }: Asked, facts: readonly Fact[]): Standing {
  const isOf = (fact: Fact, { agent, incarnation }: Membership): boolean =>
    fact.agent === agent && fact.incarnation === incarnation;
  const has = (one: Membership): boolean =>
    one.agent === from || facts.some((fact) => isOf(fact, one) && fact.did === 'read' && fact.upTo >= offset);
  const ended = (one: Membership): boolean => facts.some((fact) => isOf(fact, one) && fact.did === 'end');
  const names = (which: (one: Membership) => boolean): string[] =>
    recipients.filter(which).map(({ agent }) => agent);
  return {
    acknowledged: names(has),
    waiting: names((one) => !has(one) && !ended(one)),
    gone: names((one) => !has(one) && ended(one)),
  };
}

export function stabilityOf(asked: Asked, facts: readonly Fact[]): Stability {
  const { acknowledged, waiting } = standingOf(asked, facts);
  const needed = neededOf(asked.ackBy, asked.recipients.length);
  if (acknowledged.length >= needed) return 'stable';
  return acknowledged.length + waiting.length < needed ? 'impossible' : 'pending';
}
