import type { Json } from '../core/types.ts';
import type { ClaimJson } from '../core/view/json-types.ts';
import type { Call } from './call.ts';
import { Claim } from './claim.ts';
import { claimLost } from './errors.ts';
import { GroupByHand } from './group-by-hand.ts';
import { newSecret } from './keys.ts';
import { Lease } from './lease.ts';
import type { CallOptions, ClaimOptions, ReadOptions } from './requests.ts';
import { toMs } from './time.ts';
import { unhurried, waitMs } from './waiting.ts';

const leaseMs = 30_000;

/** The part of `Group` that is about acting on decisions, once each. [Q10] */
export abstract class GroupClaims extends GroupByHand {
  /**
   * Takes the claim on a round that ended in SUCCESS: of all who call this for one round, one may act. The claim is renewed in the
   * background. Rejects with `claimed` while another holds it (the error's `claim` says who and until when), with `spent` once it
   * is done (and its result), and with `superseded` where another `value` or `subjectHash` is decided than is meant here, or the
   * decision no longer stands.
   *
   * @example
   * const { round } = await group.propose({ agent: 'ann', value: 'pizza', wait: '30s' });
   * const claim = await group.claim(round, { lease: '1m' });
   * console.log('ordering, with fence', claim.fence);
   * await claim.done({ order: 12 });
   */
  async claim(round: number, options: ClaimOptions = {}): Promise<Claim> {
    const { holder = newSecret(), lease = leaseMs, value, subjectHash } = options;
    const ttl = toMs(lease);
    const { clock } = this.transport.wire;
    let sentAt = clock.now();
    const call: Call = {
      method: 'PUT',
      path: claimPath(round),
      body: { holder, lease: ttl, subjectHash, ...(value !== undefined && { value }) },
    };
    let claimed = await this.send<ClaimJson>(call, options);
    const renew = (limits: CallOptions & { patience?: number }) =>
      this.renewClaim(round, claimed.fence as number, limits);
    if (claimed.index !== claimed.fence) {
      // It was taken by an earlier request, which may be as old as the lease: a repeat does not renew it.
      sentAt = clock.now();
      claimed = await renew(options);
    }
    const lostBy = (cause: unknown) => claimLost(round, cause);
    return new Claim(claimed, this, new Lease({ ttl, sentAt, clock, renew, lostBy }));
  }

  /**
   * Who holds the claim on a decision, or what came of it. With `wait` once it is spent, or the wait is over; with `after` and
   * `wait` once its revision is greater than that.
   *
   * @example
   * const { round } = await group.propose({ agent: 'ann', value: 'pizza', wait: '30s' });
   * const { state, result } = await group.readClaim(round);
   */
  async readClaim(round: number, options: ReadOptions = {}): Promise<ClaimJson> {
    const { after, wait, signal } = options;
    const { clock } = this.transport.wire;
    const call: Call = { method: 'GET', path: claimPath(round), query: { after }, wait: waitMs(wait) };
    const sentAt = clock.now();
    const claim = await this.send<ClaimJson>(call, options);
    const isNews = claim.state === 'spent' || (after !== undefined && claim.revision > after);
    if (!isNews) await unhurried(clock, call.wait, sentAt, signal);
    return claim;
  }

  /** Makes the lease of a claim as long again; `claim` renews by itself. */
  async renewClaim(
    round: number,
    fence: number,
    options: CallOptions & { patience?: number } = {},
  ): Promise<ClaimJson> {
    const { patience } = options;
    return this.send(
      { method: 'POST', path: `${claimPath(round)}/renew`, body: { fence }, patience },
      options,
    );
  }

  /** Spends a decision under the fence of its claim, also one that another program has handed over. */
  async claimDone(
    round: number,
    fence: number,
    result: Json = null,
    options: CallOptions = {},
  ): Promise<ClaimJson> {
    return this.send({ method: 'POST', path: `${claimPath(round)}/done`, body: { fence, result } }, options);
  }

  /** Gives a claim back, so that another may take it at once. */
  async giveBackClaim(round: number, fence: number, options: CallOptions = {}): Promise<ClaimJson> {
    return this.send({ method: 'DELETE', path: claimPath(round), query: { fence } }, options);
  }
}

function claimPath(round: number): string {
  return `/rounds/${round}/claim`;
}
