import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { hasCode } from '../../client/errors.ts';
import type { Claim, ClaimJson, Group, RoundJson } from '../../client/index.ts';
import { systemClock } from '../../client/time.ts';
import { codeFor, exit, messageOf } from '../exit.ts';
import { otherThan, Wait } from '../groups/wait.ts';
import { note, oneLine, roundLine } from '../output.ts';
import { withProgress } from '../progress.ts';
import { act, giveBack, marginMs } from './act.ts';
import type { Handle } from './handle.ts';
import { answerMs, type GateEnd, type How } from './how.ts';

/** The group of a gate: `claims` tries a call until its deadline, as leases need it; `reads` no longer than the gate waits. */
export interface Calls {
  readonly claims: Group;
  readonly reads: Group;
}

// Refusals that waiting does not change. Only the manager of a group has its join key.
const hopeless = [
  'may-not-spend',
  'token-required',
  'token-wrong',
  'join-key-wrong',
  'invalid-request',
] as const;

/** One run of a gate: waits for the decision, and then for the one who acts on it, which may be this run. */
export class Pass {
  private readonly calls: Calls;
  private readonly meant: Handle;
  private readonly how: How;
  private readonly signal: AbortSignal;
  /** When the time to wait is over, by the steady clock. */
  private readonly over: number;
  private holder: string;

  constructor(calls: Calls, meant: Handle, how: How, signal: AbortSignal) {
    this.calls = calls;
    this.meant = meant;
    this.how = how;
    this.signal = signal;
    this.over = systemClock.now() + how.timeout;
    this.holder = newHolder(meant);
  }

  /** Ends once the decision is spent or refused, or the time is over. Rejects with the signal's reason once that aborts. */
  async end(): Promise<GateEnd> {
    let round: RoundJson | null = null;
    try {
      await this.checkRight();
      round = await this.decided();
      const why = whyNot(round, this.meant);
      if (why !== null) return { state: 'refused', round, why };
      if (round.state === 'WAITING') return { state: 'waiting', round, claim: null };
      note(roundLine(round, process.stderr));
      return await this.spend(round);
    } catch (thrown) {
      const error = unanswered(thrown);
      if (round !== null && hasCode(error, 'superseded'))
        return { state: 'refused', round, why: error.detail };
      if (codeFor(error) !== exit.undecided) throw error;
      note(messageOf(error));
      return { state: 'waiting', round, claim: null };
    }
  }

  /** Throws the refusal of a caller who may not act: that is not found out after a wait of hours. */
  private async checkRight(): Promise<void> {
    const { signal } = this;
    try {
      const { round, state } = await this.calls.reads.round(this.meant.round ?? 'latest', {
        deadline: this.left() + answerMs,
        signal,
      });
      // A round that is open has nothing to claim, which is said only to who may.
      if (state === 'WAITING') await giveBack(await this.claim(round));
    } catch (error) {
      if (signal.aborted || hasCode(error, ...hopeless)) throw error;
    }
  }

  /** The round to act on, or the open one when the time is over. Throws when there is none by then. */
  private decided(): Promise<RoundJson> {
    const { group, round, only } = this.meant;
    const options = { [only ? 'round' : 'from']: round ?? undefined, timeout: this.left() };
    const wait = new Wait(this.calls.reads, options, this.signal);
    return withProgress(`waiting for group ${group}`, wait.outcome());
  }

  private async spend(round: RoundJson): Promise<GateEnd> {
    for (;;) {
      const turn = await this.turn(round.round);
      if ('state' in turn) {
        if (turn.state === 'spent') return { state: 'done', round, claim: turn, here: false };
        return { state: 'waiting', round, claim: turn };
      }
      const end = await act(turn, round, this.how, this.signal);
      if (end !== null) return end;
      this.holder = newHolder(this.meant);
    }
  }

  /** The claim, once this run has it; or the claim of another, once it is spent or the time is over. */
  private async turn(round: number): Promise<Claim | ClaimJson> {
    for (;;) {
      const taken = await this.take(round);
      if (!('state' in taken)) {
        if (!this.signal.aborted && taken.left > marginMs(this.how)) return taken;
        // The answer came so late that another may have it soon.
        await giveBack(taken);
        this.signal.throwIfAborted();
        continue;
      }
      if (taken.state === 'spent') return taken;
      const free = await withProgress(`waiting for ${whoActs(taken, this.meant)}`, this.changed(taken));
      if (free.state !== 'free') return free;
    }
  }

  private async take(round: number): Promise<Claim | ClaimJson> {
    try {
      return await this.claim(round);
    } catch (error) {
      // A stale fence: what was claimed by a request whose answer was lost has run out since.
      if (hasCode(error, 'claimed', 'spent', 'stale-fence') && error.claim !== null) return error.claim;
      throw error;
    }
  }

  private claim(round: number): Promise<Claim> {
    const { expect: value, subject } = this.meant;
    return this.calls.claims.claim(round, {
      holder: this.holder,
      lease: this.how.lease,
      value,
      subjectHash: subject ?? undefined,
      deadline: this.left() + answerMs,
      signal: this.signal,
    });
  }

  /** A held claim once it is free or spent; or as it is when the time is over. */
  private async changed(held: ClaimJson): Promise<ClaimJson> {
    let claim = held;
    while (claim.state === 'held' && this.left() > 0)
      claim = await this.calls.reads.readClaim(claim.round, {
        after: claim.revision,
        wait: this.left(),
        deadline: this.left() + answerMs,
        signal: this.signal,
      });
    return claim;
  }

  private left(): number {
    return Math.max(0, this.over - systemClock.now());
  }
}

/** Why nobody is to act on this round, or null. */
function whyNot(round: RoundJson, { expect, subject }: Handle): string | null {
  if (round.state === 'FAILED') return round.explain;
  return otherThan(round, { expect, subjectHash: subject ?? undefined });
}

/** A name for one run: two runs of one name would be one to the server. [Q10.2] */
function newHolder({ id }: Handle): string {
  return `${hostname().slice(0, 60)}/${id}/${randomBytes(4).toString('hex')}`;
}

function whoActs({ holder, until }: ClaimJson, { id }: Handle): string {
  const own = holder?.split('/')[1] === id ? ', an earlier run with this handle' : '';
  return `${oneLine(String(holder))}${own}, who acts until ${until} or longer`;
}

/** When no server answered in time, that is what the caller has to know. */
function unanswered(error: unknown): unknown {
  return hasCode(error, 'deadline') && hasCode(error.cause, 'unreachable') ? error.cause : error;
}
