import type { Rule } from '../../src/core/types.ts';
import { endings } from '../judge/completions.ts';
import { judge } from '../judge/judge.ts';
import { agentsOf } from '../judge/panels.ts';
import { isVetoBy } from '../judge/sameness.ts';
import { floorOf, meetsFloor, weightIn } from '../judge/threshold.ts';
import type { Body, Verdict } from '../judge/types.ts';
import type { ModelRound } from './state.ts';
import { Streams } from './stream.ts';

/** Who may propose in a round, who is missing, and who is waited for. */
export class Bodies extends Streams {
  /** The electors who have not been waived; none where the electorate is a size. */
  protected leftOf({ electors, waived }: ModelRound): string[] {
    return (electors ?? []).filter((agent) => !waived.has(agent));
  }

  protected missing(round: ModelRound): string[] {
    return this.leftOf(round).filter((agent) => !round.said.some((said) => said.agent === agent));
  }

  protected goneOf(round: ModelRound): string[] {
    return this.missing(round).filter((agent) => round.gone.has(agent));
  }

  /** How many may propose: only who left or whose lease ran out may be taken out, and only where the rule says so. */
  protected bodyOf(round: ModelRound): Body {
    const { electorate, absent } = round.rule;
    if ('size' in electorate) return { count: electorate.size, weight: electorate.size };
    const gone = absent === 'excluded' ? this.goneOf(round) : [];
    return this.bodyWith(
      round,
      this.leftOf(round).filter((agent) => !gone.includes(agent)),
    );
  }

  private bodyWith({ rule, waived }: ModelRound, agents: readonly string[]): Body {
    const weight = agents.reduce((sum, agent) => sum + weightIn(rule, agent), 0);
    return { count: agents.length, weight, waived: [...waived.keys()] };
  }

  protected verdict(round: ModelRound): Verdict {
    return judge(round.rule, this.bodyOf(round), round.said);
  }

  protected isVetoed({ rule, said }: ModelRound): boolean {
    return said.some(({ agent, value }) => isVetoBy(rule, agent, value));
  }

  /** Electors who have not spoken and are waited for; after `else` nobody is, while the others may still agree. */
  protected asked(round: ModelRound): string[] {
    const { rule } = round;
    const missing = this.missing(round);
    const { electorate } = rule;
    if (!isMixed(rule) || !('else' in electorate) || !meetsFloor(rule, round.said)) return missing;
    const first = agentsOf(electorate);
    const always = (agent: string) =>
      first.includes(agent) || rule.required.includes(agent) || rule.veto.includes(agent);
    if (missing.every(always)) return missing;
    const { else: _, ...before } = electorate;
    const alone: Rule = { ...rule, electorate: before, floor: 0, veto: [], required: [] };
    const coming = missing.filter((agent) => first.includes(agent) && !round.gone.has(agent));
    const waived = [...round.waived.keys()];
    const electors = this.leftOf(round);
    const hopes = endings(
      { ...round, rule: alone, electors, absent: [], waived },
      this.bodyOf(round),
      coming,
    );
    return hopes.some((ending) => ending.state === 'SUCCESS') ? missing.filter(always) : missing;
  }

  /** Whether the electorate itself rules success out: too small for the floor, or without a required agent. */
  protected hopeless(round: ModelRound): boolean {
    const { rule, electors } = round;
    const left = this.leftOf(round);
    const { present, cast } = floorOf(rule);
    const few = left.length < present || left.length < cast;
    return electors !== null && (few || rule.required.some((agent) => !left.includes(agent)));
  }

  /** Whether some value could win without this elector, if all who would be left proposed it. [Q4.39] */
  protected couldWinWithout(round: ModelRound, agent: string): boolean {
    const left = this.leftOf(round).filter((one) => one !== agent);
    const waived = new Map(round.waived).set(agent, { by: null, reason: '', time: 0 });
    const body = this.bodyWith({ ...round, waived }, left);
    const rule: Rule = { ...round.rule, veto: [] };
    const value = JSON.stringify(rule.wins?.[0] ?? rule.options?.[0]?.value ?? 0);
    const all = left.map((one) => ({ agent: one, value }));
    // What is compared says nothing about who is left.
    const plain: Rule = { ...rule, equality: 'exact' };
    return judge(plain, body, all).state === 'SUCCESS';
  }
}

export function isMixed({ electorate }: Rule): boolean {
  return !('size' in electorate || 'agents' in electorate || 'live' in electorate);
}

/** The electors whom a rule names; null where it names none. */
export function rosterIn({ electorate }: Rule): readonly string[] | null {
  if ('size' in electorate || 'live' in electorate) return null;
  if ('agents' in electorate) return electorate.agents;
  const after = electorate.else === undefined ? [] : agentsOf(electorate.else);
  return [...new Set([...agentsOf(electorate), ...after])];
}
