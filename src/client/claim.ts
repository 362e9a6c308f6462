import type { Json } from '../core/types.ts';
import type { ClaimJson } from '../core/view/json-types.ts';
import type { QuorateError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { CallOptions } from './requests.ts';

/** The calls of a group that a holder makes. */
interface Claimed {
  claimDone(round: number, fence: number, result?: Json, options?: CallOptions): Promise<ClaimJson>;
  giveBackClaim(round: number, fence: number, options?: CallOptions): Promise<ClaimJson>;
}

/**
 * A claim on a decision, held by this program. Its lease is renewed in the background until it is done or given back, or the
 * program ends. Send `fence` with every action: what is acted on must refuse one lower than the highest that it has seen. [Q10.12]
 */
export class Claim {
  /** The server's answer to claiming. */
  readonly claimed: ClaimJson;
  /** The round whose decision is claimed. */
  readonly round: number;
  /** Grows with every claim on the group's decisions: give it along with each action. */
  readonly fence: number;
  private readonly group: Claimed;
  private readonly lease: Lease;

  constructor(claimed: ClaimJson, group: Claimed, lease: Lease) {
    this.claimed = claimed;
    this.round = claimed.round;
    this.fence = claimed.fence as number;
    this.group = group;
    this.lease = lease;
  }

  /** Resolves, with an error of code `claim-lost`, once another may hold the claim. */
  get lost(): Promise<QuorateError> {
    return this.lease.lost;
  }

  /** Aborts when the claim is lost, with that error as its reason: for work that must stop then. */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** Whether the server certainly counts the claim as held. */
  get held(): boolean {
    return this.lease.live;
  }

  /** ms for which it is certainly still held if no renewal comes: for work that must have stopped by then. */
  get left(): number {
    return this.lease.left;
  }

  /**
   * Spends the decision, with a result of at most 4,096 bytes. Rejects with `stale-fence` when another has claimed since, and with
   * `spent` when it was spent with another result.
   */
  async done(result: Json = null, options: CallOptions = {}): Promise<ClaimJson> {
    const spent = await this.group.claimDone(this.round, this.fence, result, options);
    this.lease.stop();
    return spent;
  }

  /** Gives the claim back, so that another may take it at once. */
  async release(options: CallOptions = {}): Promise<ClaimJson> {
    this.lease.stop();
    return this.group.giveBackClaim(this.round, this.fence, options);
  }
}
