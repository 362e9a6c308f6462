import type { Rule } from '../../src/core/types.ts';
import { castings, endings } from '../judge/completions.ts';
import { allows, judge } from '../judge/judge.ts';
import { agentsOf } from '../judge/panels.ts';
import { isVeto } from '../judge/sameness.ts';
import { floorOf, weightIn } from '../judge/threshold.ts';
import type { Body, Verdict } from '../judge/types.ts';
import { Answers } from './expected.ts';
import { failing, type ModelGroup, type ModelMember, type ModelRound, sameBallots } from './state.ts';

/** How rounds open, go on and end; everything about them is worked out from what was said so far. */
export class Rounds extends Answers {
  protected openRound(group: ModelGroup): void {
    const { rule } = group.settings;
    const { electorate } = rule;
    const round: ModelRound = {
      number: group.rounds.length + 1,
      rule,
      openedAt: this.now,
      electors: rosterIn(rule),
      gathering: 'live' in electorate,
      said: [],
      gone: new Set(),
      minWaitLooked: false,
      ended: null,
    };
    if (round.electors !== null) {
      for (const agent of round.electors) {
        const member = group.members.get(agent);
        if (member !== undefined && !this.isThere(member)) round.gone.add(agent);
      }
    }
    group.rounds.push(round);
    group.status = 'open';
    this.gather(group, round);
  }

  protected gather(group: ModelGroup, round: ModelRound): void {
    const { electorate } = round.rule;
    if (!round.gathering || !('live' in electorate)) return;
    const alive = [...group.members.values()].filter((member) => this.isThere(member));
    const names = alive.map(({ agent }) => agent);
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

  /** A lease that is over by now is over, also where it has not been gone through yet. */
  private isThere({ live, expiresAt, role }: ModelMember): boolean {
    return live && expiresAt > this.now && role === 'voter';
  }

  /** A live electorate that nobody is left of, and nobody of which has said anything, gathers again. */
  private gatherAgain(group: ModelGroup, round: ModelRound): void {
    const { electors } = round;
    if (!('live' in round.rule.electorate) || electors === null || round.said.length > 0) return;
    if (electors.some((agent) => !round.gone.has(agent))) return;
    round.electors = null;
    round.gathering = true;
    round.gone.clear();
    round.minWaitLooked = false;
    this.gather(group, round);
  }

  protected missing(round: ModelRound): string[] {
    return (round.electors ?? []).filter((agent) => !round.said.some((said) => said.agent === agent));
  }

  protected goneOf(round: ModelRound): string[] {
    return this.missing(round).filter((agent) => round.gone.has(agent));
  }

  /** How many may propose: only who left or whose lease ran out may be taken out, and only where the rule says so. */
  protected bodyOf(round: ModelRound): Body {
    const { electorate, absent } = round.rule;
    if ('size' in electorate) return { count: electorate.size, weight: electorate.size };
    const gone = absent === 'excluded' ? this.goneOf(round) : [];
    const counted = (round.electors ?? []).filter((agent) => !gone.includes(agent));
    const weight = counted.reduce((sum, agent) => sum + weightIn(round.rule, agent), 0);
    return { count: counted.length, weight };
  }

  protected verdict(round: ModelRound): Verdict {
    return judge(round.rule, this.bodyOf(round), round.said);
  }

  /** Electors who have not spoken and are waited for; after `else` nobody is, while the others may still agree. */
  private asked(round: ModelRound): string[] {
    const { rule } = round;
    const missing = this.missing(round);
    const { electorate } = rule;
    if (!isMixed(rule) || !('else' in electorate) || round.said.length < floorOf(rule).present)
      return missing;
    const first = agentsOf(electorate);
    const always = (agent: string) =>
      first.includes(agent) || rule.required.includes(agent) || rule.veto.includes(agent);
    if (missing.every(always)) return missing;
    const { else: _, ...before } = electorate;
    const alone: Rule = { ...rule, electorate: before, floor: 0, veto: [], required: [] };
    const coming = missing.filter((agent) => first.includes(agent) && !round.gone.has(agent));
    const hopes = endings({ ...round, rule: alone, absent: [] }, this.bodyOf(round), coming);
    return hopes.some((ending) => ending.state === 'SUCCESS') ? missing.filter(always) : missing;
  }

  /** Whether the electorate itself rules success out: too small for the floor, or without a required agent. */
  private hopeless({ rule, electors }: ModelRound): boolean {
    return (
      electors !== null &&
      (electors.length < floorOf(rule).present || rule.required.some((a) => !electors.includes(a)))
    );
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
    const vetoed = round.said.some(({ agent, value }) => rule.veto.includes(agent) && isVeto(rule, value));
    // How many will count is not known before the end; that a veto stands is.
    if (rule.absent === 'excluded' && !vetoed) return;
    this.lookEarly(group, round);
  }

  /** Early closes are proved elsewhere; here they must be sound, and must come when one agent at most is missing. */
  protected lookEarly(group: ModelGroup, round: ModelRound): void {
    if (round.said.length === 0) return;
    const { rule } = round;
    const absent = this.goneOf(round);
    const left =
      'size' in rule.electorate ? rule.electorate.size - round.said.length : this.missing(round).length;
    const outcome = this.realGroup(group).closed.get(round.number);
    const byItself = outcome !== undefined && ['agreed', ...failing].includes(outcome.reason);
    const closed = byItself && sameBallots(outcome, round) && outcome.closedAt === this.now;
    if (this.hopeless(round)) {
      this.end(group, round, { state: 'FAILED', why: 'no-agreement' }, null);
      return;
    }
    const unsure = typeof rule.equality === 'object' || isMixed(rule);
    if (!closed && (left > 1 || absent.length > 0 || unsure)) return;
    if (left > 3) {
      if (closed) {
        this.end(group, round, this.verdict(round), null);
        return;
      }
    }
    const partial = { ...round, absent };
    const found = castings(partial).flatMap((coming) => endings(partial, this.bodyOf(round), coming, 2));
    const kinds = new Set(found.map((ending) => JSON.stringify(ending)));
    const fails = found.some(({ state }) => state === 'FAILED');
    const verdict = fails ? ({ state: 'FAILED', why: 'no-agreement' } as const) : this.verdict(round);
    // How a draw falls is known to the real thing alone: what it decided must be open to every draw.
    const drawn = outcome !== undefined && found.every((ending) => allows(ending, outcome.value));
    const decidable = fails || round.said.length >= floorOf(rule).present;
    const certain = decidable && (kinds.size === 1 || (rule.tie === 'seeded' && drawn));
    // Closed at this moment and not certain: something else that happens now must have ended it.
    if (certain && (closed || rule.tie !== 'seeded')) this.end(group, round, verdict, null);
  }

  protected end(group: ModelGroup, round: ModelRound, verdict: Verdict, why: readonly string[] | null): void {
    const reasons =
      why ??
      (verdict.state === 'SUCCESS' ? (verdict.mayFail ? ['agreed', ...failing] : ['agreed']) : failing);
    round.ended = { verdict, reasons, at: this.now, eligible: this.bodyOf(round).count };
    group.told = new Set();
    // A draw may have fallen on nothing: what came out is what the record says, and compare() judges the record.
    const record = this.realGroup(group).closed.get(round.number);
    const success = verdict.state === 'SUCCESS' && !(verdict.mayFail && record?.state === 'FAILED');
    const { next, maxRounds } = round.rule;
    const subject = why?.[0] === 'subject-changed';
    const over = maxRounds !== null && round.number >= maxRounds;
    if (success && next === 'until-success') group.status = 'decided';
    else if (over) group.status = 'exhausted';
    else if (next === 'manual' && !subject) group.status = 'idle';
    else this.openRound(group);
  }

  // Time

  /** Leases and timers that have run out take effect, the earliest first. */
  protected runOut(group: ModelGroup): void {
    for (let guard = 0; guard < 1000; guard += 1) {
      const round = this.openOf(group);
      const due: { at: number; act: () => void }[] = [];
      for (const member of group.members.values()) {
        if (member.live) due.push({ at: member.expiresAt, act: () => this.gone(group, member) });
      }
      if (round !== null) due.push(...this.timers(group, round));
      const ripe = due.filter(({ at }) => at <= this.now).sort((one, other) => one.at - other.at);
      const first = ripe[0];
      if (first === undefined) return;
      first.act();
    }
    throw new Error('time does not pass');
  }

  protected timers(group: ModelGroup, round: ModelRound): { at: number; act: () => void }[] {
    const { minWait, lastCall, deadline, onDeadline } = round.rule;
    const timers: { at: number; act: () => void }[] = [];
    if (round.gathering) return timers;
    const earliest = round.openedAt + (minWait ?? 0);
    if (minWait !== null && !round.minWaitLooked) {
      timers.push({
        at: earliest,
        act: () => {
          round.minWaitLooked = true;
          this.look(group, round);
        },
      });
    }
    const enough = [...round.said].sort((one, other) => one.at - other.at)[floorOf(round.rule).present - 1];
    if (lastCall !== null && enough !== undefined) {
      timers.push({
        at: Math.max(earliest, enough.at + lastCall),
        act: () => this.end(group, round, this.verdict(round), ['last-call']),
      });
    }
    if (deadline !== null) {
      const vetoed = round.said.some(
        ({ agent, value }) => round.rule.veto.includes(agent) && isVeto(round.rule, value),
      );
      const verdict = (): Verdict =>
        onDeadline === 'fail' || (onDeadline !== 'decide' && vetoed)
          ? { state: 'FAILED', why: 'no-agreement' }
          : onDeadline === 'decide'
            ? this.verdict(round)
            : { state: 'SUCCESS', among: [JSON.stringify(onDeadline.default)], mayFail: false };
      timers.push({
        at: round.openedAt + deadline,
        act: () => this.end(group, round, verdict(), ['deadline']),
      });
    }
    return timers;
  }
  protected gone(group: ModelGroup, member: ModelMember): void {
    member.live = false;
    const round = this.openOf(group);
    if (round === null) return;
    round.gone.add(member.agent);
    this.gatherAgain(group, round);
    this.look(group, round);
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
}

function isMixed({ electorate }: Rule): boolean {
  return !('size' in electorate || 'agents' in electorate || 'live' in electorate);
}

/** The electors whom a rule names; null where it names none. */
function rosterIn({ electorate }: Rule): readonly string[] | null {
  if ('size' in electorate || 'live' in electorate) return null;
  if ('agents' in electorate) return electorate.agents;
  const after = electorate.else === undefined ? [] : agentsOf(electorate.else);
  return [...new Set([...agentsOf(electorate), ...after])];
}
