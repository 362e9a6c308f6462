import type { Group, State } from '../../src/core/state.ts';
import type {
  Canonical,
  Command,
  Outcome,
  RefusalCode,
  Result,
  Rule,
  Settings,
} from '../../src/core/types.ts';
import { type Ballot, isVeto, judge, sameness, type Verdict, weightIn } from './judge.ts';

/**
 * The protocol once more, from its text and without cleverness: what is kept is what was said and when, and every
 * question (who is missing, is the round over, what came out) is answered from that list from scratch. Where the
 * protocol leaves a choice, the model follows what the real thing chose, and checks that it was one of the choices.
 */

interface Said extends Ballot {
  readonly seq: number | null;
  readonly at: number;
}

interface ModelRound {
  readonly number: number;
  readonly rule: Rule;
  /** When its clock started: for a live electorate once enough agents were live. */
  openedAt: number;
  /** Named electors; null where there is only a size, or while a live electorate gathers. */
  electors: readonly string[] | null;
  gathering: boolean;
  said: Said[];
  /** Electors who left, or whose lease ran out, and who have not been back. */
  gone: Set<string>;
  minWaitLooked: boolean;
  ended: Ended | null;
}

interface Ended {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly at: number;
  readonly eligible: number | null;
}

interface ModelMember {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  token: string;
  ttl: number;
  expiresAt: number;
  live: boolean;
}

interface ModelGroup {
  readonly name: string;
  settings: Settings;
  rounds: ModelRound[];
  status: Group['status'];
  members: Map<string, ModelMember>;
  told: Set<string>;
  keys: Map<
    string,
    { round: number; agent: string; anonymous: boolean; value: Canonical | null; sure: boolean }
  >;
}

const failing: readonly string[] = ['no-agreement', 'tie', 'veto', 'required', 'floor'];

export class Model {
  now = 0;
  readonly groups = new Map<string, ModelGroup>();
  private real: State;
  private result: Result;

  constructor(real: State) {
    this.real = real;
    this.result = { ok: true, did: 'ticked' };
  }

  /** Follows one command that the real thing has answered so; throws where the answer or the state is wrong. */
  follow(command: Command, time: number, real: State, result: Result): void {
    this.now = Math.max(this.now, time);
    this.real = real;
    this.result = result;
    this.step(command);
    this.compare();
  }

  private step(command: Command): void {
    if (command.type === 'tick') {
      for (const group of this.groups.values()) this.runOut(group);
      this.expectDid('ticked');
      return;
    }
    if (command.type === 'put-group') {
      this.put(command);
      return;
    }
    const group = this.groups.get(command.group);
    if (group === undefined) {
      this.expectRefusal(['group-not-found']);
      return;
    }
    if (command.type === 'delete-group') {
      this.expectDid('deleted');
      this.groups.delete(command.group);
      return;
    }
    this.runOut(group);
    switch (command.type) {
      case 'propose':
        this.propose(group, command);
        return;
      case 'tell':
        this.tell(group, command.reader);
        return;
      case 'open-round':
        this.openByHand(group);
        return;
      case 'close-round':
        this.closeByHand(group, command);
        return;
      case 'join':
        this.join(group, command);
        return;
      case 'renew':
      case 'leave':
        this.renewOrLeave(group, command);
        return;
    }
  }

  // Groups

  private put(command: Extract<Command, { type: 'put-group' }>): void {
    const { settings } = command;
    const known = this.groups.get(command.group);
    if (known === undefined) {
      if (command.ifRevision !== null && command.ifRevision !== 0) {
        this.expectRefusal(['revision-mismatch']);
        return;
      }
      this.expectDid('created');
      const group: ModelGroup = {
        name: command.group,
        settings,
        rounds: [],
        status: 'open',
        members: new Map(),
        told: new Set(),
        keys: new Map(),
      };
      this.groups.set(command.group, group);
      this.openRound(group);
      return;
    }
    this.runOut(known);
    if (command.ifRevision === 0) {
      this.expectRefusal(['revision-mismatch']);
      return;
    }
    const same = JSON.stringify(settings) === JSON.stringify(known.settings);
    this.expectDid(same ? 'unchanged' : 'updated');
    const newSubject = settings.subjectHash !== known.settings.subjectHash;
    known.settings = settings;
    if (!newSubject) return;
    const open = this.openOf(known);
    if (open !== null) {
      this.end(known, open, { state: 'FAILED', why: 'no-agreement' }, ['subject-changed'], true);
      return;
    }
    const { maxRounds } = settings.rule;
    if (maxRounds !== null && known.rounds.length >= maxRounds) {
      // Whether what was decided still counts as that is left open; a further round it is not.
      if (this.realGroup(known).status === 'exhausted') known.status = 'exhausted';
      return;
    }
    this.openRound(known);
  }

  // Rounds

  private openRound(group: ModelGroup): void {
    const { rule } = group.settings;
    const { electorate } = rule;
    const round: ModelRound = {
      number: group.rounds.length + 1,
      rule,
      openedAt: this.now,
      electors: 'agents' in electorate ? electorate.agents : null,
      gathering: 'live' in electorate,
      said: [],
      gone: new Set(),
      minWaitLooked: false,
      ended: null,
    };
    if (round.electors !== null) {
      for (const agent of round.electors) if (group.members.get(agent)?.live === false) round.gone.add(agent);
    }
    group.rounds.push(round);
    group.status = 'open';
    this.gather(group, round);
  }

  private gather(group: ModelGroup, round: ModelRound): void {
    const { electorate } = round.rule;
    if (!round.gathering || !('live' in electorate)) return;
    const alive = [...group.members.values()].filter(({ live, role }) => live && role === 'voter');
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

  private openOf(group: ModelGroup): ModelRound | null {
    return group.status === 'open' ? (group.rounds.at(-1) ?? null) : null;
  }

  private missing(round: ModelRound): string[] {
    return (round.electors ?? []).filter((agent) => !round.said.some((said) => said.agent === agent));
  }

  private goneOf(round: ModelRound): string[] {
    return this.missing(round).filter((agent) => round.gone.has(agent));
  }

  private bodyOf(round: ModelRound, forced: boolean): { count: number; weight: number } {
    const { electorate } = round.rule;
    // Whoever has not spoken when a round is closed before its time counts as absent.
    const { absent } = round.rule;
    if (absent === 'excluded' && forced)
      return {
        count: round.said.length,
        weight: round.said.reduce((sum, { agent }) => sum + weightIn(round.rule, agent), 0),
      };
    if ('size' in electorate) return { count: electorate.size, weight: electorate.size };
    const electors = round.electors ?? [];
    const weight = electors.reduce((sum, agent) => sum + weightIn(round.rule, agent), 0);
    if (absent !== 'excluded') return { count: electors.length, weight };
    const gone = this.goneOf(round);
    const lost = gone.reduce((sum, agent) => sum + weightIn(round.rule, agent), 0);
    return { count: electors.length - gone.length, weight: weight - lost };
  }

  /** The figure on record; that of a round which nobody's proposals decided is not for the protocol to say. */
  private eligibleAt(round: ModelRound, why: readonly string[] | null): number | null {
    return why === null || round.rule.absent !== 'excluded' ? this.bodyOf(round, false).count : null;
  }

  private verdict(round: ModelRound, forced = false): Verdict {
    return judge(round.rule, this.bodyOf(round, forced), round.said);
  }

  /** Ends the round if what has been said ends it. */
  private look(group: ModelGroup, round: ModelRound): void {
    const { rule } = round;
    if (round.ended !== null || round.gathering) return;
    if (rule.minWait !== null && this.now < round.openedAt + rule.minWait) return;
    const { electorate } = rule;
    const waited =
      'size' in electorate
        ? electorate.size - round.said.length
        : this.missing(round).filter((agent) => !round.gone.has(agent)).length;
    if (round.said.length > 0 && waited === 0) {
      this.end(group, round, this.verdict(round), null, true);
      return;
    }
    if (rule.close !== 'early') return;
    const vetoed = round.said.some(({ agent, value }) => rule.veto.includes(agent) && isVeto(value));
    // How many will count is not known before the end; that a veto stands is.
    if (rule.absent === 'excluded' && !vetoed) return;
    this.lookEarly(group, round);
  }

  /** Early closes are proved elsewhere; here they must be sound, and must come when one agent at most is missing. */
  private lookEarly(group: ModelGroup, round: ModelRound): void {
    if (round.said.length === 0) return;
    const { rule } = round;
    const absent = this.goneOf(round);
    const left =
      'size' in rule.electorate ? rule.electorate.size - round.said.length : this.missing(round).length;
    const outcome = this.realGroup(group).closed.get(round.number);
    const byItself = outcome !== undefined && ['agreed', ...failing].includes(outcome.reason);
    const closed = byItself && sameBallots(outcome, round) && outcome.closedAt === this.now;
    const others = this.missing(round);
    const coming = Array.from({ length: left }, (_, i) => others[i] ?? `anybody-${i}`);
    const named = [...new Set([...rule.required, ...rule.veto])];
    const special =
      'size' in rule.electorate
        ? named.filter((agent) => !round.said.some((said) => said.agent === agent))
        : [];
    if (!closed && (left > 1 || absent.length > 0 || typeof rule.equality === 'object')) return;
    if (left > 3) {
      if (closed) {
        this.end(group, round, this.verdict(round), null, true);
        return;
      }
    }
    // In an electorate of a size any free seat may go to an agent whom the rule names.
    const castings = subsets(special)
      .filter((some) => some.length <= left)
      .map((some) => coming.map((agent, i) => some[i] ?? agent));
    const texts = new Set(castings.flatMap((casting) => [...this.completions(round, casting, absent)]));
    const fails = texts.has('FAILED');
    const verdict = fails ? ({ state: 'FAILED', why: 'no-agreement' } as const) : this.verdict(round);
    // How a draw falls is known to the real thing alone: what it decided must be open to every draw.
    const value = outcome?.value ?? null;
    const drawn =
      value !== null && [...texts].every((text) => text.split('\n').includes(sameness(rule, value)));
    const decidable = fails || round.said.length >= rule.floor;
    const certain = decidable && (texts.size === 1 || (rule.tie === 'seeded' && drawn));
    // Electorates too small for the floor, or without a required agent, fail in the end: whether at once is not asked.
    const hopeless =
      this.bodyOf(round, false).count < rule.floor ||
      (!('size' in rule.electorate) && rule.required.some((agent) => !round.electors?.includes(agent)));
    // Closed at this moment and not certain: something else that happens now must have ended it.
    if (certain && (closed || (rule.tie !== 'seeded' && !hopeless)))
      this.end(group, round, verdict, null, true);
  }

  private completions(round: ModelRound, coming: readonly string[], absent: readonly string[]): Set<string> {
    const { rule } = round;
    const body = this.bodyOf(round, false);
    const known = round.said.flatMap(({ value }) => (value === null ? [] : [value]));
    const preferred =
      typeof rule.tie === 'object' ? rule.tie.priority.map((value) => JSON.stringify(value)) : [];
    const fresh = typeof rule.equality === 'object' ? ['-1000', '1000'] : ['"x1"', '"x2"'];
    const alphabet = [...new Set([...known, ...preferred, ...fresh, 'false'])];
    const texts = new Set<string>();
    const visit = (i: number, ballots: readonly Ballot[]): void => {
      if (texts.size > 1) return;
      const agent = coming[i];
      if (agent === undefined) {
        const verdict = judge(rule, body, ballots);
        const text =
          verdict.state === 'FAILED'
            ? 'FAILED'
            : [String(verdict.mayFail), ...verdict.among.map((value) => sameness(rule, value))].join('\n');
        texts.add(text);
        return;
      }
      if (absent.includes(agent)) visit(i + 1, ballots);
      visit(i + 1, [...ballots, { agent, value: null }]);
      for (const value of alphabet) {
        if (typeof rule.equality === 'object' && value === 'false') continue;
        visit(i + 1, [...ballots, { agent, value }]);
      }
    };
    visit(0, round.said);
    return texts;
  }

  private end(
    group: ModelGroup,
    round: ModelRound,
    verdict: Verdict,
    why: readonly string[] | null,
    goOn: boolean,
  ): void {
    const reasons =
      why ??
      (verdict.state === 'SUCCESS' ? (verdict.mayFail ? ['agreed', ...failing] : ['agreed']) : failing);
    round.ended = { verdict, reasons, at: this.now, eligible: this.eligibleAt(round, why) };
    group.told = new Set();
    // A draw may have fallen on nothing: what came out is what the record says, and compare() judges the record.
    const record = this.realGroup(group).closed.get(round.number);
    const success = verdict.state === 'SUCCESS' && !(verdict.mayFail && record?.state === 'FAILED');
    const { next, maxRounds } = group.settings.rule;
    const subject = why?.[0] === 'subject-changed';
    const over = maxRounds !== null && round.number >= maxRounds;
    if (success && next === 'until-success') group.status = 'decided';
    else if (over) group.status = 'exhausted';
    else if (next === 'manual' && !subject) group.status = 'idle';
    else if (goOn) this.openRound(group);
  }

  // Time

  /** Leases and timers that have run out take effect, the earliest first. */
  private runOut(group: ModelGroup): void {
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

  private timers(group: ModelGroup, round: ModelRound): { at: number; act: () => void }[] {
    const { minWait, lastCall, deadline, onDeadline, floor } = round.rule;
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
    const enough = [...round.said].sort((one, other) => one.at - other.at)[floor - 1];
    if (lastCall !== null && enough !== undefined) {
      timers.push({
        at: Math.max(earliest, enough.at + lastCall),
        act: () => this.end(group, round, this.verdict(round, true), ['last-call'], true),
      });
    }
    if (deadline !== null) {
      const vetoed = round.said.some(({ agent, value }) => round.rule.veto.includes(agent) && isVeto(value));
      const verdict = (): Verdict =>
        onDeadline === 'fail' || (onDeadline !== 'decide' && vetoed)
          ? { state: 'FAILED', why: 'no-agreement' }
          : onDeadline === 'decide'
            ? this.verdict(round, true)
            : { state: 'SUCCESS', among: [JSON.stringify(onDeadline.default)], mayFail: false };
      timers.push({
        at: round.openedAt + deadline,
        act: () => this.end(group, round, verdict(), ['deadline'], true),
      });
    }
    return timers;
  }

  // Agents

  private gone(group: ModelGroup, member: ModelMember): void {
    member.live = false;
    const round = this.openOf(group);
    if (round === null) return;
    round.gone.add(member.agent);
    this.look(group, round);
  }

  private alive(group: ModelGroup, member: ModelMember): void {
    member.live = true;
    member.expiresAt = this.now + member.ttl;
    const round = this.openOf(group);
    round?.gone.delete(member.agent);
    if (round !== null) this.gather(group, round);
  }

  private join(group: ModelGroup, command: Extract<Command, { type: 'join' }>): void {
    const holder = group.members.get(command.agent);
    const same = holder?.token === command.tokenHash;
    if (holder?.live && !same) {
      this.expectRefusal(['agent-taken']);
      return;
    }
    this.expectDid(holder?.live ? 'rejoined' : 'joined');
    const { agent, role, ttl, tokenHash } = command;
    const member = holder?.live ? holder : { agent, role, ttl, token: tokenHash, expiresAt: 0, live: false };
    group.members.set(command.agent, member);
    this.alive(group, member);
    if (this.result.ok && 'expiresAt' in this.result && this.result.expiresAt !== member.expiresAt)
      this.wrong(`the lease ends at ${this.result.expiresAt}, not ${member.expiresAt}`);
  }

  private renewOrLeave(group: ModelGroup, command: Extract<Command, { type: 'renew' | 'leave' }>): void {
    const member = group.members.get(command.agent);
    if (!member?.live) {
      this.expectRefusal(['agent-not-found']);
      return;
    }
    if (member.token !== command.tokenHash) {
      this.expectRefusal(['token-wrong', 'token-required']);
      return;
    }
    if (command.type === 'renew') {
      this.expectDid('renewed');
      this.alive(group, member);
      return;
    }
    this.expectDid('left');
    this.gone(group, member);
  }

  /** An authenticated call renews the lease; whether one that is refused does is left open. */
  private touch(group: ModelGroup, agent: string | null, sure: boolean): void {
    const member = agent === null ? undefined : group.members.get(agent);
    if (!member?.live) return;
    const real = this.realGroup(group).members.get(member.agent);
    if (!sure && real?.expiresAt === member.expiresAt && real.live === member.live) return;
    this.alive(group, member);
  }

  // Proposals

  private propose(group: ModelGroup, command: Extract<Command, { type: 'propose' }>): void {
    const { key, agent, value } = command;
    const used = key === null ? undefined : group.keys.get(key);
    if (used !== undefined && (used.sure || this.answersKey(used))) {
      const same =
        used.value === value && (agent === null ? used.anonymous || this.result.ok : used.agent === agent);
      const sameRound = command.round === null || command.round === used.round;
      const objections = this.objections(group, command);
      if (same && sameRound && !objections.has('token-wrong') && !objections.has('token-required')) {
        this.expectProposed('repeated', used.round, used.agent);
        this.touch(group, agent ?? used.agent, false);
        return;
      }
      if (!same || !sameRound) {
        this.expectRefusal(['key-reused', ...objections]);
        this.touchUnlessImpostor(group, command);
        return;
      }
    }
    const earlier = this.counted(group, command);
    if (earlier !== null && this.impostor(group, command).size === 0) {
      this.expectProposed('repeated', earlier.round.number, earlier.said.agent);
      this.recordKey(group, command, earlier.round.number, earlier.said.agent, false);
      this.touch(group, agent, false);
      return;
    }
    const must = this.objections(group, command);
    const revoted = this.revote(group, command);
    if (must.size > 0) {
      this.expectRefusal([
        ...must,
        ...(revoted === 'stale' ? (['stale-seq', 'already-proposed'] as const) : []),
      ]);
      this.touchUnlessImpostor(group, command);
      return;
    }
    if (revoted === 'stale') {
      this.expectRefusal(['stale-seq', 'already-proposed']);
      this.touch(group, agent, false);
      return;
    }
    const round = this.openOf(group) as ModelRound;
    if (!this.result.ok) this.wrong(`a proposal for round ${round.number} is refused: ${this.result.code}`);
    const name = agent ?? ('agent' in this.result ? this.result.agent : '');
    if (agent === null && round.said.some((said) => said.agent === name))
      this.wrong(`seat ${name} is taken twice`);
    this.expectProposed(revoted === 'change' ? 'changed' : 'proposed', round.number, name);
    const before = round.said.find((said) => said.agent === name);
    round.said = round.said.filter((said) => said.agent !== name);
    // Where the caller gave no seq, which one it amounts to is left open.
    const stored = this.storedSeq(group, round.number, name);
    round.said.push({ agent: name, value, seq: command.seq ?? stored, at: before?.at ?? this.now });
    this.recordKey(group, command, round.number, name, revoted !== 'change');
    this.touch(group, agent, true);
    this.look(group, round);
  }

  private storedSeq(group: ModelGroup, number: number, agent: string): number | null {
    const { open, closed } = this.realGroup(group);
    const round = open?.number === number ? open : closed.get(number);
    return round?.proposals.get(agent)?.seq ?? null;
  }

  private recordKey(
    group: ModelGroup,
    command: Extract<Command, { type: 'propose' }>,
    round: number,
    agent: string,
    sure: boolean,
  ): void {
    if (command.key === null || group.keys.get(command.key)?.sure) return;
    group.keys.set(command.key, {
      round,
      agent,
      anonymous: command.agent === null,
      value: command.value,
      sure,
    });
  }

  /** For a key that may or may not have been recorded: whether it seems so. */
  private answersKey(used: { round: number; agent: string }): boolean {
    const { result } = this;
    if (!result.ok) return result.code === 'key-reused';
    return result.did === 'repeated' && result.round === used.round && result.agent === used.agent;
  }

  /** The earlier proposal that this one repeats, in the open round or in the closed round it names. */
  private counted(
    group: ModelGroup,
    command: Extract<Command, { type: 'propose' }>,
  ): { round: ModelRound; said: Said } | null {
    if (command.agent === null) return null;
    const number = command.round ?? this.openOf(group)?.number;
    const round = group.rounds.find((one) => one.number === number);
    const said = round?.said.find((one) => one.agent === command.agent);
    if (round === undefined || said === undefined || said.value !== command.value) return null;
    // The same value under a higher number: whether that counts as a change of mind is left open.
    if (round.ended !== null && command.seq !== said.seq && !this.result.ok) return null;
    const refused = this.result.ok ? null : this.result.code;
    if (refused === 'not-a-voter' || (round.rule.revote && refused === 'stale-seq')) return null;
    const higher = round.rule.revote && command.seq !== null && (said.seq === null || command.seq > said.seq);
    if (higher && this.result.ok && this.result.did === 'changed') return null;
    return { round, said };
  }

  private revote(
    group: ModelGroup,
    command: Extract<Command, { type: 'propose' }>,
  ): 'change' | 'stale' | null {
    const round = this.openOf(group);
    const said = round?.said.find(({ agent }) => agent === command.agent);
    if (round === null || said === undefined || !round.rule.revote) return null;
    const higher = command.seq !== null && (said.seq === null || command.seq > said.seq);
    // Without a seq: whether that can be an increasing one is judged in disagreements.test.ts.
    if (command.seq === null && this.result.ok) return 'change';
    return higher ? 'change' : 'stale';
  }

  private impostor(
    group: ModelGroup,
    command: { agent: string | null; tokenHash: string | null },
  ): Set<RefusalCode> {
    const member = command.agent === null ? undefined : group.members.get(command.agent);
    // A lease that has run out leaves the name free again.
    if (!member?.live || member.token === command.tokenHash) return new Set();
    return new Set(['token-wrong', 'token-required']);
  }

  private touchUnlessImpostor(group: ModelGroup, command: Extract<Command, { type: 'propose' }>): void {
    if (this.impostor(group, command).size === 0) this.touch(group, command.agent, false);
  }

  /** Everything that speaks against a proposal; empty when it must be counted. */
  private objections(group: ModelGroup, command: Extract<Command, { type: 'propose' }>): Set<RefusalCode> {
    const against = this.impostor(group, command);
    const { agent, value } = command;
    const member = agent === null ? undefined : group.members.get(agent);
    if (member?.live && member.role === 'observer') against.add('not-a-voter');
    const round = this.openOf(group);
    const latest = group.rounds.length;
    if (command.round !== null) {
      if (command.round > latest) against.add('round-not-open');
      else if (command.round !== round?.number) against.add('round-closed');
    }
    if (round === null) {
      against.add(group.status === 'exhausted' ? 'group-exhausted' : 'no-open-round');
      return against;
    }
    if (round.gathering) against.add('electorate-incomplete');
    const { electorate } = round.rule;
    const again = round.said.some((said) => said.agent === agent);
    if (again && !round.rule.revote) against.add('already-proposed');
    if ('size' in electorate) {
      if (!again && round.said.length >= electorate.size) against.add('round-full');
    } else if (agent === null || !(round.electors ?? []).includes(agent)) against.add('not-eligible');
    const number = value === null || typeof JSON.parse(value) === 'number';
    if (typeof round.rule.equality === 'object' && !number) against.add('not-a-number');
    return against;
  }

  // Rounds by hand, and the classroom

  private openByHand(group: ModelGroup): void {
    if (group.status === 'open') {
      this.expectRefusal(['round-open']);
      return;
    }
    if (group.status === 'exhausted') {
      this.expectRefusal(['group-exhausted']);
      return;
    }
    if (group.status === 'decided' && !this.result.ok) {
      const { maxRounds } = group.settings.rule;
      const usedUp = maxRounds !== null && group.rounds.length >= maxRounds;
      this.expectRefusal(usedUp ? ['group-exhausted', 'no-open-round'] : ['no-open-round', 'round-open']);
      return;
    }
    this.expectDid('opened');
    this.openRound(group);
  }

  private closeByHand(group: ModelGroup, command: Extract<Command, { type: 'close-round' }>): void {
    const { mayClose } = group.settings;
    const may =
      command.by === null || mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(command.by));
    const against: RefusalCode[] = may ? [] : ['may-not-close'];
    against.push(...this.impostor(group, { agent: command.by, tokenHash: command.tokenHash }));
    const round = this.openOf(group);
    if (command.round > group.rounds.length) against.push('round-not-open');
    else if (command.round !== round?.number) against.push('round-closed');
    if (against.length === 0 && round !== null) {
      if (!this.result.ok && mayClose === 'agents') {
        this.expectRefusal(['may-not-close']);
        return;
      }
      this.expectDid('closed');
      this.touch(group, command.by, false);
      this.end(group, round, this.verdict(round, true), ['closed-by-hand'], true);
      return;
    }
    this.expectRefusal([...against, 'no-open-round', 'group-exhausted', 'may-not-close']);
    if (this.impostor(group, { agent: command.by, tokenHash: command.tokenHash }).size === 0)
      this.touch(group, command.by, false);
  }

  private tell(group: ModelGroup, reader: string): void {
    const named = (round: ModelRound) => round.said.filter(({ agent }) => !agent.startsWith('seat-'));
    const mine = group.rounds.filter((round) => named(round).some(({ agent }) => agent === reader)).at(-1);
    if (mine !== undefined) {
      this.expectTold(this.stateOf(group, mine));
      return;
    }
    const latest = group.rounds.filter((round) => round.ended !== null).at(-1);
    if (latest === undefined) {
      this.expectTold('WAITING');
      return;
    }
    const seats = latest.said.length - named(latest).length;
    if (!group.told.has(reader) && group.told.size < seats) {
      group.told.add(reader);
      this.expectTold(this.stateOf(group, latest));
      return;
    }
    const empty = (this.openOf(group)?.said.length ?? 0) === 0;
    this.expectTold(this.stateOf(group, latest) === 'SUCCESS' && empty ? 'SUCCESS' : 'WAITING');
  }

  private stateOf(group: ModelGroup, round: ModelRound): 'WAITING' | 'SUCCESS' | 'FAILED' {
    if (round.ended === null) return 'WAITING';
    // compare() has checked this record against the proposals.
    return this.realGroup(group).closed.get(round.number)?.state ?? 'WAITING';
  }

  // Answers and states against the real ones

  private expectDid<Did extends string>(...dids: Did[]): Did {
    const { result } = this;
    const did = dids.find((one) => result.ok && result.did === one);
    return did ?? this.wrong(`expected ${dids.join(' or ')}`);
  }

  private expectRefusal(codes: readonly RefusalCode[]): void {
    const { result } = this;
    if (result.ok || !codes.includes(result.code)) this.wrong(`expected a refusal: ${codes.join(' or ')}`);
  }

  private expectProposed(did: 'proposed' | 'repeated' | 'changed', round: number, agent: string): void {
    const { result } = this;
    if (!result.ok || result.did !== did || result.round !== round || result.agent !== agent)
      this.wrong(`expected ${did} by ${agent} in round ${round}`);
  }

  private expectTold(state: string): void {
    const { result } = this;
    if (!result.ok || result.did !== 'told' || result.state !== state) this.wrong(`expected told ${state}`);
  }

  private wrong(text: string): never {
    throw new Error(`${text}; the answer was ${JSON.stringify(this.result)}`);
  }

  private realGroup(group: ModelGroup): Group {
    return this.real.groups.get(group.name) ?? this.wrong(`group ${group.name} is missing`);
  }

  private realRound(group: ModelGroup, number: number): { electors: ReadonlySet<string> | null } | undefined {
    const { open, closed } = this.realGroup(group);
    return open?.number === number ? open : closed.get(number);
  }

  private compare(): void {
    if (this.real.time !== this.now) this.wrong(`state time is ${this.real.time}, not ${this.now}`);
    if (this.real.groups.size !== this.groups.size) this.wrong(`there are ${this.real.groups.size} groups`);
    for (const group of this.groups.values()) {
      const real = this.realGroup(group);
      const open = this.openOf(group);
      const now = `${real.status} ${real.round} ${real.open?.number}`;
      const due = `${group.status} ${group.rounds.length} ${open?.number}`;
      if (now !== due) this.wrong(`the group is ${now}, should be ${due}`);
      for (const round of group.rounds) this.compareRound(real, round);
      const names = (members: Iterable<{ agent: string; live: boolean; expiresAt: number }>) =>
        [...members]
          .map(({ agent, live, expiresAt }) => `${agent} ${live ? expiresAt : 'gone'}`)
          .sort()
          .join();
      const has = names(real.members.values());
      const want = names(group.members.values());
      if (has !== want) this.wrong(`members are ${has}, should be ${want}`);
    }
  }

  private compareRound(real: Group, round: ModelRound): void {
    const at = `round ${round.number}`;
    const outcome = real.closed.get(round.number);
    const view = outcome ?? real.open;
    if (view === null || (outcome !== undefined) !== (round.ended !== null)) this.wrong(`${at} is missing`);
    if (!sameBallots(view, round)) this.wrong(`${at} counts ${[...view.proposals.keys()].join()}`);
    const electors = [...(view.electors ?? [])].sort().join();
    if (electors !== [...(round.electors ?? [])].sort().join()) this.wrong(`${at} has electors ${electors}`);
    if (view.openedAt !== round.openedAt)
      this.wrong(`${at} opened at ${view.openedAt}, not ${round.openedAt}`);
    if (outcome === undefined || round.ended === null) return;
    const { verdict, reasons, at: closedAt, eligible } = round.ended;
    if (!reasons.includes(outcome.reason))
      this.wrong(`${at} ended ${outcome.reason}, not ${reasons.join(' or ')}`);
    if (outcome.closedAt !== closedAt) this.wrong(`${at} closed at ${outcome.closedAt}, not ${closedAt}`);
    if (eligible !== null && outcome.eligible !== eligible)
      this.wrong(`${at} had ${outcome.eligible} eligible, not ${eligible}`);
    const value = outcome.value;
    const right =
      verdict.state === 'FAILED'
        ? outcome.state === 'FAILED'
        : outcome.state === 'FAILED'
          ? verdict.mayFail
          : verdict.among.some((one) => sameness(round.rule, one) === sameness(round.rule, value as string));
    if (!right) this.wrong(`${at} ended ${outcome.state} ${value}, should be ${JSON.stringify(verdict)}`);
  }
}

function sameBallots(view: { readonly proposals: Outcome['proposals'] }, round: ModelRound): boolean {
  const text = (ballots: Iterable<Ballot>) =>
    [...ballots]
      .map(({ agent, value }) => `${agent}=${value}`)
      .sort()
      .join();
  return text(view.proposals.values()) === text(round.said);
}

function subsets<T>(items: readonly T[]): T[][] {
  let made: T[][] = [[]];
  for (const item of items) made = made.concat(made.map((some) => some.concat([item])));
  return made;
}
