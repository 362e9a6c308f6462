import { limits } from '../limits.ts';
import type { Canonical } from '../types.ts';
import { drop, emptyMap, withEntry } from './small-maps.ts';

/** The claim on the decision of one round, as it was taken last. It is replaced when it changes. [Q10] */
export interface Claim {
  readonly round: number;
  /** The run that took it, as it names itself. */
  readonly holder: string;
  /** The agent that took it, or null for whoever manages the group. */
  readonly by: string | null;
  /** Of the token it was taken under; null where the manager took it. [Q10.8] */
  readonly tokenHash: string | null;
  /** Index of the entry that gave it: higher than that of any claim before. */
  readonly fence: number;
  /** How long a renewal lasts, ms. */
  readonly lease: number;
  /** When the lease ends, or ended, ms. */
  readonly until: number;
  readonly state: 'held' | 'lapsed' | 'given-back' | 'spent';
  /** What came of it; null until it is spent. */
  readonly result: Canonical | null;
  /** The group's revision that its last change made. */
  readonly revision: number;
}

/** The claims of a group, by round. */
export class Claims {
  private claims: ReadonlyMap<number, Claim> = emptyMap();
  /** How many are held. */
  held = 0;
  /** When the lease of the next of them ends, ms; Infinity for none. */
  next = Infinity;

  get size(): number {
    return this.claims.size;
  }

  get(round: number): Claim | undefined {
    return this.claims.get(round);
  }

  values(): Iterable<Claim> {
    return this.claims.values();
  }

  /** Sets the claim on its round. Costs a step for each claim that the group keeps. */
  set(claim: Claim): void {
    this.claims = withEntry(this.claims, claim.round, claim);
    this.held = 0;
    this.next = Infinity;
    for (const { state, until } of this.claims.values()) {
      if (state !== 'held') continue;
      this.held += 1;
      this.next = Math.min(this.next, until);
    }
  }

  /** The held claim whose lease ends first; of several, that of the first round. */
  first(): Claim {
    let first: Claim | null = null;
    for (const claim of this.claims.values())
      if (
        claim.state === 'held' &&
        claim.until === this.next &&
        !(first !== null && first.round < claim.round)
      )
        first = claim;
    return first as Claim;
  }

  /** Whether the claim on this round keeps the group's settings from letting it go. [Q10.10] */
  keeps(round: number): boolean {
    const state = this.claims.get(round)?.state;
    return state === 'held' || state === 'spent';
  }

  /** Drops the oldest claims beyond the limit that are not held, on rounds that are not kept and so are never claimed again. */
  shorten(isKept: (round: number) => boolean): void {
    for (const { round, state } of this.claims.values()) {
      if (this.claims.size <= limits.claimsKept) return;
      if (state !== 'held' && !isKept(round)) drop(this.claims, round);
    }
  }
}

/** The claims of a group that has none: one object for all such groups. Nothing is set in it. */
export const noClaims = new Claims();

export function claimsOf(list: readonly Claim[]): Claims {
  if (list.length === 0) return noClaims;
  const claims = new Claims();
  for (const claim of list) claims.set(claim);
  return claims;
}
