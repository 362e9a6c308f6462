import type { Group, Member, State } from '../../src/core/group/state.ts';
import type { RefusalCode, Result } from '../../src/core/result.ts';
import type { Outcome } from '../../src/core/types.ts';
import { allows } from '../judge/judge.ts';
import { type ModelGroup, type ModelRound, type ModelWaiver, sameBallots } from './state.ts';

/** The real answers and states, and whether they are those that the model expects. */
export class Answers {
  now = 0;
  readonly groups = new Map<string, ModelGroup>();
  protected real: State;
  protected result: Result;

  constructor(real: State) {
    this.real = real;
    this.result = { ok: true, did: 'ticked' };
  }

  protected openOf(group: ModelGroup): ModelRound | null {
    return group.status === 'open' ? (group.rounds.at(-1) ?? null) : null;
  }

  protected expectDid<Did extends string>(...dids: Did[]): Did {
    const { result } = this;
    const did = dids.find((one) => result.ok && result.did === one);
    return did ?? this.wrong(`expected ${dids.join(' or ')}`);
  }

  protected expectRefusal(codes: readonly RefusalCode[]): void {
    const { result } = this;
    if (result.ok || !codes.includes(result.code)) this.wrong(`expected a refusal: ${codes.join(' or ')}`);
  }

  protected expectProposed(did: 'proposed' | 'repeated' | 'changed', round: number, agent: string): void {
    const { result } = this;
    if (!result.ok || result.did !== did || result.round !== round || result.agent !== agent)
      this.wrong(`expected ${did} by ${agent} in round ${round}`);
  }

  protected expectTold(state: string): void {
    const { result } = this;
    if (!result.ok || result.did !== 'told' || result.state !== state) this.wrong(`expected told ${state}`);
  }

  protected wrong(text: string): never {
    throw new Error(`${text}; the answer was ${JSON.stringify(this.result)}`);
  }

  protected realGroup(group: ModelGroup): Group {
    return this.real.groups.get(group.name) ?? this.wrong(`group ${group.name} is missing`);
  }

  protected realRound(
    group: ModelGroup,
    number: number,
  ): { electors: ReadonlySet<string> | null } | undefined {
    const { open, closed } = this.realGroup(group);
    return open?.number === number ? open : closed.get(number);
  }

  /** Every group, round and member against the real ones. */
  protected compare(): void {
    if (this.real.time !== this.now) this.wrong(`state time is ${this.real.time}, not ${this.now}`);
    if (this.real.groups.size !== this.groups.size) this.wrong(`there are ${this.real.groups.size} groups`);
    for (const group of this.groups.values()) {
      const real = this.realGroup(group);
      const open = this.openOf(group);
      const now = `${real.status} ${real.round} ${real.open?.number}`;
      const due = `${group.status} ${group.rounds.length} ${open?.number}`;
      if (now !== due) this.wrong(`the group is ${now}, should be ${due}`);
      for (const round of group.rounds) this.compareRound(real, round);
      const names = (
        members: Iterable<
          Pick<Member, 'agent' | 'live' | 'expiresAt'> & { name?: string | null; kind?: string | null }
        >,
      ) =>
        [...members]
          .map(
            ({ agent, live, expiresAt, name, kind }) =>
              `${agent} ${live ? `${expiresAt} ${name ?? ''} ${kind ?? ''}` : 'gone'}`,
          )
          .sort()
          .join();
      const has = names(real.members.values());
      const want = names(group.members.values());
      if (has !== want) this.wrong(`members are ${has}, should be ${want}`);
    }
  }

  protected compareRound(real: Group, round: ModelRound): void {
    const at = `round ${round.number}`;
    const outcome = real.closed.get(round.number);
    const view = outcome ?? real.open;
    if (view === null || (outcome !== undefined) !== (round.ended !== null)) this.wrong(`${at} is missing`);
    if (!sameBallots(view, round)) this.wrong(`${at} counts ${[...view.proposals.keys()].join()}`);
    const left = (electors: Iterable<string>) =>
      [...electors]
        .filter((one) => !round.waived.has(one))
        .sort()
        .join();
    const electors = left(view.electors ?? []);
    if (electors !== left(round.electors ?? [])) this.wrong(`${at} has electors ${electors}`);
    const waived = waiversText(view.waived);
    if (waived !== waiversText(round.waived)) this.wrong(`${at} has waived ${waived}`);
    const set = deadlineText(view);
    if (set !== deadlineText(round))
      this.wrong(`${at} has its deadline set ${set}, not ${deadlineText(round)}`);
    if (view.openedAt !== round.openedAt)
      this.wrong(`${at} opened at ${view.openedAt}, not ${round.openedAt}`);
    if (outcome === undefined || round.ended === null) return;
    const { verdict, reasons, at: closedAt, eligible } = round.ended;
    if (!reasons.includes(outcome.reason))
      this.wrong(`${at} ended ${outcome.reason}, not ${reasons.join(' or ')}`);
    if (outcome.closedAt !== closedAt) this.wrong(`${at} closed at ${outcome.closedAt}, not ${closedAt}`);
    if (outcome.eligible !== eligible) this.wrong(`${at} had ${outcome.eligible} eligible, not ${eligible}`);
    if (outcome.deadlineAt !== round.ended.deadlineAt)
      this.wrong(`${at} had its deadline at ${outcome.deadlineAt}, not ${round.ended.deadlineAt}`);
    const value = outcome.value;
    if (!allows(verdict, value))
      this.wrong(`${at} ended ${outcome.state} ${value}, should be ${JSON.stringify(verdict)}`);
  }
}

function waiversText(waived: Iterable<readonly [string, ModelWaiver]>): string {
  return JSON.stringify([...waived].map(([agent, { by, reason, time }]) => [agent, by, reason, time]).sort());
}

function deadlineText({ deadlineSet }: Pick<Outcome, 'deadlineSet'>): string {
  if (deadlineSet === null) return 'null';
  const { by, time, times } = deadlineSet;
  return JSON.stringify({ by, time, times });
}
