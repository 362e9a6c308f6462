import { limits, seatPrefix } from '../limits.ts';

/** The proposal that an Idempotency-Key came with first. */
export interface KeyUse {
  readonly key: string;
  readonly round: number;
  /** The agent, or the seat that was given to one without a name. */
  readonly agent: string;
  readonly value: string | null;
}

/**
 * Idempotency keys of the rounds that a group keeps. A key belongs to the agent that sent it; keys of posts without identity
 * belong to all such posts together. Of the keys that came with one proposal the last few are kept. [Q3.6]
 */
export class Keys {
  private readonly uses = new Map<string, KeyUse>();
  /** For each proposal, the ids of its uses, oldest first. */
  private readonly ofProposal = new Map<string, string[]>();

  get size(): number {
    return this.uses.size;
  }

  /** Oldest first. */
  values(): IterableIterator<KeyUse> {
    return this.uses.values();
  }

  /** `agent` is null for a post without identity. */
  find(agent: string | null, key: string): KeyUse | undefined {
    return this.uses.get(useId(agent ?? '', key));
  }

  /** Remembers a key that was not found, or only from a round that is no longer kept. */
  add(use: KeyUse): void {
    const proposal = proposalId(use.round, use.agent);
    const ids = this.ofProposal.get(proposal) ?? [];
    this.ofProposal.set(proposal, ids);
    if (ids.length === limits.keysPerProposal) this.uses.delete(ids.shift() as string);
    const id = useId(use.agent.startsWith(seatPrefix) ? '' : use.agent, use.key);
    ids.push(id);
    // One that is still to be forgotten must not give it its old place.
    this.uses.delete(id);
    this.uses.set(id, use);
  }

  /** Forgets what came with a proposal of a round that is no longer kept. */
  forget(round: number, agent: string): void {
    const proposal = proposalId(round, agent);
    for (const id of this.ofProposal.get(proposal) ?? [])
      if (this.uses.get(id)?.round === round) this.uses.delete(id);
    this.ofProposal.delete(proposal);
  }
}

/** The keys of a group that has none: one object for all such groups. Nothing is added to it. */
export const noKeys = new Keys();

export function keysOf(uses: readonly KeyUse[]): Keys {
  if (uses.length === 0) return noKeys;
  const keys = new Keys();
  for (const use of uses) keys.add(use);
  return keys;
}

// Names have no spaces, so each id is made in one way only.
function useId(sender: string, key: string): string {
  return `${sender} ${key}`;
}

function proposalId(round: number, agent: string): string {
  return `${round} ${agent}`;
}
