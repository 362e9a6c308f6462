import type { Json } from '../../src/core/types.ts';
import { castings, endings, mayFailLater } from '../judge/completions.ts';
import { allows } from '../judge/judge.ts';
import { nearOf } from '../judge/sameness.ts';
import { meetsFloor } from '../judge/threshold.ts';
import type { Verdict } from '../judge/types.ts';
import { Bodies, isMixed, rosterIn } from './bodies.ts';
import { failing, type ModelGroup, type ModelMember, type ModelRound, sameBallots } from './state.ts';

/** How rounds open, go on and end; everything about them is worked out from what was said so far. */
export class Rounds extends Bodies {
  protected openRound(group: ModelGroup): void {
    const { rule } = group.settings;
    const { electorate } = rule;
    const round: ModelRound = {
      number: group.rounds.length + 1,
      rule,
      subject: group.settings.subjectHash,
      openedAt: this.now,
      electors: rosterIn(rule),
      gathering: 'live' in electorate,
      said: [],
      gone: new Set(),
      waived: new Map(),
      deadlineSet: null,
      floorMetAt: null,
      minWaitLooked: false,
      ended: null,
    };
    if (round.electors !== null) {
      for (const agent of round.electors) {
        const member = group.members.get(agent);
        const held = group.invites.get(agent);
        // Somebody new was invited under the name: a lease that somebody had before says nothing of it.
        const isTheirs = held === undefined || held.token === member?.token;
        const left = member !== undefined && isTheirs && !this.isThere(member);
        if (left || this.isOut(group, agent)) round.gone.add(agent);
      }
    }
    group.rounds.push(round);
    group.status = 'open';
    this.emit(group, 'round-opened', { round: round.number });
    this.gather(group, round);
  }

  protected gather(group: ModelGroup, round: ModelRound): void {
    const { electorate } = round.rule;
    if (!round.gathering || !('live' in electorate)) return;
    const alive = [...group.members.values()].filter((member) => this.isThere(member));
    const names = alive.map(({ agent }) => agent).filter((agent) => !round.waived.has(agent));
    if (names.length < electorate.live.min) return;
    round.gathering = false;
    round.openedAt = this.now;
    if (names.length <= electorate.live.max) {
      round.electors = names;
      return;
    }
    // Which of too many are taken is not for the protocol to say.
    const real = this.realRound(group, round.number);
    const taken = [...(real?.electors ?? [])];
    if (taken.length !== electorate.live.max || taken.some((agent) => !names.includes(agent)))
      this.wrong(`the electorate is ${taken.join()} of the live ${names.join()}`);
    round.electors = taken;
  }

  /** Whether the agent may not propose in a group that admits by invite, although it was invited. [Q5.16] */
  private isOut({ invites }: ModelGroup, agent: string): boolean {
    const held = invites.get(agent);
    return held?.state === 'revoked' || held?.role === 'observer';
  }

  /** A lease that is over by now is over, also where it has not been gone through yet. */
  private isThere({ live, expiresAt, role }: ModelMember): boolean {
    return live && expiresAt > this.now && role === 'voter';
  }

  /** A live electorate that nobody is left of, and nobody of which has said anything, gathers again. */
  protected gatherAgain(group: ModelGroup, round: ModelRound): void {
    if (!('live' in round.rule.electorate) || round.electors === null || round.said.length > 0) return;
    if (this.leftOf(round).some((agent) => !round.gone.has(agent))) return;
    round.electors = null;
    round.gathering = true;
    round.gone.clear();
    round.minWaitLooked = false;
    this.gather(group, round);
  }

  /** Ends the round if what has been said ends it. */
  protected look(group: ModelGroup, round: ModelRound): void {
    const { rule } = round;
    if (round.ended !== null || round.gathering) return;
    if (rule.minWait !== null && this.now < round.openedAt + rule.minWait) return;
    const { electorate } = rule;
    const waited =
      'size' in electorate
        ? electorate.size - round.said.length
        : this.asked(round).filter((agent) => !round.gone.has(agent)).length;
    if (round.said.length > 0 && waited === 0) {
      this.end(group, round, this.verdict(round), null);
      return;
    }
    if (rule.close !== 'early') return;
    // How many will count is not known before the end; that a veto stands is.
    if (rule.absent === 'excluded' && !this.isVetoed(round)) return;
    this.lookEarly(group, round);
  }

  /** Early closes are proved elsewhere; here they must be sound, and must come when one agent at most is missing. */
  protected lookEarly(group: ModelGroup, round: ModelRound): void {
    if (round.said.length === 0) return;
    const { rule } = round;
    const absent = this.goneOf(round);
    const left =
      'size' in rule.electorate ? rule.electorate.size - round.said.length : this.missing(round).length;
    const { closed: ended, stream } = this.realGroup(group);
    const outcome = ended.get(round.number);
    const byItself = outcome !== undefined && ['agreed', ...failing].includes(outcome.reason);
    // Of several looks in one entry only one closed it: its item is the next one.
    const next = stream.at((group.stream.items.at(-1)?.offset ?? 0) + 1);
    const wasThen = byItself && sameBallots(outcome, round) && outcome.waived.size === round.waived.size;
    const isNow = next === undefined || next.type === 'round-closed';
    const closed = isNow && wasThen && outcome.closedAt === this.now;
    if (this.hopeless(round)) {
      this.end(group, round, { state: 'FAILED', why: 'no-agreement' }, null);
      return;
    }
    const unsure = nearOf(rule) !== null || isMixed(rule);
    if (!closed && (left > 1 || absent.length > 0 || unsure)) return;
    if (left > 3) {
      if (closed) {
        this.end(group, round, this.verdict(round), null);
        return;
      }
    }
    const waived = [...round.waived.keys()];
    const electors = round.electors === null ? null : this.leftOf(round);
    const partial = { ...round, electors, waived, absent };
    const found = castings(partial).flatMap((coming) => endings(partial, this.bodyOf(round), coming, 2));
    const kinds = new Set(found.map((ending) => JSON.stringify(ending)));
    const fails = found.some(({ state }) => state === 'FAILED');
    const verdict = fails ? ({ state: 'FAILED', why: 'no-agreement' } as const) : this.verdict(round);
    // How a draw falls is known to the real thing alone: what it decided must be open to every draw.
    const drawn = outcome !== undefined && found.every((ending) => allows(ending, outcome.value));
    const decidable = fails || meetsFloor(rule, round.said);
    const certain = decidable && (kinds.size === 1 || (rule.tie === 'seeded' && drawn));
    if (fails && !closed && mayFailLater(rule, round.said, this.missing(round))) return;
    // Closed at this moment and not certain: something else that happens now must have ended it.
    if (certain && (closed || rule.tie !== 'seeded')) this.end(group, round, verdict, null);
  }

  protected end(group: ModelGroup, round: ModelRound, verdict: Verdict, why: readonly string[] | null): void {
    const reasons =
      why ??
      (verdict.state === 'SUCCESS' ? (verdict.mayFail ? ['agreed', ...failing] : ['agreed']) : failing);
    const { count: eligible } = this.bodyOf(round);
    round.ended = {
      verdict,
      reasons,
      at: this.now,
      index: this.real.index,
      eligible,
      deadlineAt: this.deadlineOf(round),
    };
    group.told = new Set();
    // A draw may have fallen on nothing: what came out is what the record says, and compare() judges the record.
    const record = this.realGroup(group).closed.get(round.number);
    const success = verdict.state === 'SUCCESS' && !(verdict.mayFail && record?.state === 'FAILED');
    const { state = '', reason = '', value = null } = record ?? {};
    const decided = value === null ? null : (JSON.parse(value) as Json);
    this.emit(group, 'round-closed', { round: round.number, state, reason, value: decided });
    const { next, maxRounds } = round.rule;
    const subject = why?.[0] === 'subject-changed';
    const over = maxRounds !== null && round.number >= maxRounds;
    if (success && next === 'until-success') group.status = 'decided';
    else if (over) group.status = 'exhausted';
    else if (next === 'manual' && !subject) group.status = 'idle';
    else this.openRound(group);
  }

  /** An agent leaves; or its lease is over, and the round is looked at once all of those that are over are gone. */
  protected gone(group: ModelGroup, member: ModelMember, change: 'left' | 'expired'): void {
    member.live = false;
    this.changeOfView(group, member, change);
    const round = this.openOf(group);
    if (round === null) return;
    round.gone.add(member.agent);
    this.gatherAgain(group, round);
    if (change === 'left') this.look(group, round);
  }

  protected alive(group: ModelGroup, member: ModelMember): void {
    member.live = true;
    member.expiresAt = this.now + member.ttl;
    const round = this.openOf(group);
    if (round === null) return;
    // Who comes to watch will not propose: nobody waits for it.
    if (member.role === 'voter') round.gone.delete(member.agent);
    else round.gone.add(member.agent);
    this.gatherAgain(group, round);
    this.gather(group, round);
    this.look(group, round);
  }

  /** When the round ends by its deadline: as it was set, or as the rule says; null where none runs. [Q4.35] [Q4.36] */
  protected deadlineOf(round: ModelRound): number | null {
    if (round.gathering) return null;
    const { deadline, deadlineFrom, onDeadline } = round.rule;
    if (round.deadlineSet !== null) {
      const { at } = round.deadlineSet;
      const hasDefault = typeof onDeadline === 'object' && at !== null;
      return hasDefault ? Math.max(at, round.openedAt + (deadline ?? 0)) : at;
    }
    const first = Math.min(...round.said.map(({ at }) => at));
    const from = deadlineFrom === 'first-proposal' ? first : round.openedAt;
    return deadline === null || from === Infinity ? null : from + deadline;
  }
}
