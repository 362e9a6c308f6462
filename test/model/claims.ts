import type { Command } from '../../src/core/entry.ts';
import type { RefusalCode } from '../../src/core/result.ts';
import { viewClaim } from '../../src/core/view/claim.ts';
import { sameness } from '../judge/sameness.ts';
import { ByHand } from './by-hand.ts';
import type { ModelGroup, ModelRound } from './state.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;
type Use = Of<'renew-claim' | 'spend-claim' | 'give-back-claim'>;

/** What became of a round's claim, worked out from all that was done to it. */
interface Standing {
  readonly taken: Of<'claim'>;
  readonly fence: number;
  readonly state: 'held' | 'lapsed' | 'given-back' | 'spent';
  readonly until: number;
  readonly result: string | null;
}

/** Who may act on a decision, and how often. [Q10] */
export class Claims extends ByHand {
  /** The claim that was taken last; null where nobody has. */
  private standing(group: ModelGroup, round: number): Standing | null {
    const all = group.acts.filter((act) => act.round === round);
    const last = all.findLastIndex(({ command }) => command?.type === 'claim');
    if (last < 0) return null;
    const [{ command, index, at } = { command: null, index: 0, at: 0 }, ...since] = all.slice(last);
    const taken = command as Of<'claim'>;
    const did = (type: Use['type']) => since.find((act) => act.command?.type === type)?.command;
    const done = did('spend-claim') as Of<'spend-claim'> | undefined;
    const renewals = since.filter((act) => act.command?.type === 'renew-claim');
    const until = Math.max(at, ...renewals.map((act) => act.at)) + taken.lease;
    const lapsed = since.some((act) => act.command === null);
    const ended = lapsed ? ('lapsed' as const) : ('held' as const);
    const state = done !== undefined ? 'spent' : did('give-back-claim') !== undefined ? 'given-back' : ended;
    return { taken, fence: index, state, until, result: done?.result ?? null };
  }

  /** Claims whose lease has run out by now are held no more. [Q10.6] */
  protected override runOut(group: ModelGroup): void {
    super.runOut(group);
    for (const { number } of group.rounds) {
      const claim = this.standing(group, number);
      if (claim?.state === 'held' && claim.until <= this.now) this.act(group, number, null);
    }
  }

  protected isHeld(group: ModelGroup): boolean {
    return group.rounds.some(({ number }) => this.standing(group, number)?.state === 'held');
  }

  private act(group: ModelGroup, round: number, command: Of<'claim'> | Use | null): void {
    group.acts.push({ round, command, index: this.real.index, at: this.now });
  }

  protected takeClaim(group: ModelGroup, command: Of<'claim'>): void {
    const { by, tokenHash, round } = command;
    const wrong = by === null ? null : this.impostor(group, { agent: by, tokenHash });
    if (wrong !== null) return void this.expectRefusal([wrong]);
    this.touch(group, by);
    if (!this.maySpend(group, by)) return void this.expectRefusal(['may-not-spend']);
    if (round > group.rounds.length) return void this.expectRefusal(['round-not-open']);
    const claim = this.standing(group, round);
    if (this.meantOtherwise(group, command)) return void this.expectRefusal(['superseded']);
    if (claim?.state === 'spent') return void this.expectRefusal(['spent']);
    if (claim?.state === 'held') {
      const { holder } = claim.taken;
      const same = holder === command.holder && claim.taken.by === by;
      if (same && (by === null || claim.taken.tokenHash === tokenHash))
        this.expectFence('claimed-before', claim.fence);
      else this.expectRefusal(['claimed']);
      return;
    }
    const against = this.noDecision(group, round);
    if (against !== null) return void this.expectRefusal([against]);
    this.expectFence('claimed', this.real.index);
    this.act(group, round, command);
  }

  private maySpend({ settings: { maySpend } }: ModelGroup, by: string | null): boolean {
    return by === null || maySpend === 'agents' || maySpend?.includes(by) === true;
  }

  private decided(group: ModelGroup, round: number): string | null {
    // compare() has checked this record against the proposals.
    const { state, value = null } = this.realGroup(group).closed.get(round) ?? {};
    return state === 'SUCCESS' ? value : null;
  }

  private meantOtherwise(group: ModelGroup, { round, value, subjectHash }: Of<'claim'>): boolean {
    const decision = this.decided(group, round);
    if (decision === null) return false;
    const { rule, subject } = group.rounds[round - 1] as ModelRound;
    if (subjectHash !== undefined && subjectHash !== subject) return true;
    if (value === undefined || value === decision) return false;
    const name = sameness(rule, value);
    return name === null || name !== sameness(rule, decision);
  }

  private noDecision(group: ModelGroup, number: number): RefusalCode | null {
    const round = group.rounds[number - 1] as ModelRound;
    // What this very entry decided nobody has read.
    if (this.decided(group, number) === null || round.ended?.index === this.real.index) return 'no-decision';
    const later = group.rounds.slice(number);
    const isAsked = later.length > 0 && round.rule.next !== 'continuous';
    const isAnother = later.some(({ subject }) => subject !== round.subject);
    const isDecided = later.some((one) => this.decided(group, one.number) !== null);
    const isChanged = group.settings.subjectHash !== round.subject;
    return isAsked || isAnother || isDecided || isChanged ? 'superseded' : null;
  }

  protected useClaim(group: ModelGroup, command: Use): void {
    const { round, fence, by, tokenHash } = command;
    if (round > group.rounds.length) return void this.expectRefusal(['round-not-open']);
    const claim = this.standing(group, round);
    if (claim === null) return void this.expectRefusal(['stale-fence']);
    if (by !== null) {
      const { taken } = claim;
      if (taken.by !== by || taken.tokenHash !== tokenHash) return void this.expectRefusal(['token-wrong']);
      const member = group.members.get(by);
      const isHere = member?.live === true && member.token === tokenHash;
      if (isHere) this.touch(group, by);
      const held = group.invites.get(by);
      const isOut = held === undefined || held.state === 'revoked';
      if (!isHere && group.settings.admission === 'invite') {
        if (isOut) return void this.expectRefusal(['not-invited']);
        if (held.token !== tokenHash) return void this.expectRefusal(['token-wrong', 'token-required']);
      }
    }
    if (claim.fence !== fence) return void this.expectRefusal(['stale-fence']);
    const { state } = claim;
    switch (command.type) {
      case 'renew-claim':
        if (!this.maySpend(group, by)) return void this.expectRefusal(['may-not-spend']);
        if (state !== 'held') return void this.expectRefusal(['stale-fence']);
        this.expectDid('claim-renewed');
        break;
      case 'spend-claim':
        if (state === 'given-back') return void this.expectRefusal(['stale-fence']);
        if (state === 'spent' && claim.result !== command.result) return void this.expectRefusal(['spent']);
        if (this.expectDid(state === 'spent' ? 'spent-before' : 'spent') === 'spent-before') return;
        break;
      case 'give-back-claim':
        if (state === 'spent') return void this.expectRefusal(['stale-fence']);
        this.expectDid('claim-given-back');
    }
    this.act(group, round, command);
  }

  private expectFence(did: 'claimed' | 'claimed-before', fence: number): void {
    const { result } = this;
    if (!result.ok || result.did !== did || result.fence !== fence)
      this.wrong(`expected ${did}, fence ${fence}`);
  }

  protected override compare(): void {
    super.compare();
    for (const group of this.groups.values())
      for (const { number } of group.rounds) {
        const claim = this.standing(group, number);
        const isFree = claim?.state !== 'held' && claim?.state !== 'spent';
        const shown = viewClaim(this.realGroup(group), number, 1);
        const has = shown && [shown.state, shown.holder, shown.fence, shown.until, shown.result];
        const until = claim?.state === 'held' ? new Date(claim.until).toISOString() : null;
        const result = JSON.parse(claim?.result ?? 'null') as unknown;
        const free = claim === null && this.decided(group, number) === null;
        const holder = isFree ? null : claim.taken.holder;
        const due = free
          ? null
          : [isFree ? 'free' : claim.state, holder, claim?.fence ?? null, until, result];
        const [one, other] = [JSON.stringify(has), JSON.stringify(due)];
        if (one !== other) this.wrong(`the claim on round ${number} is ${one}, should be ${other}`);
      }
  }
}
