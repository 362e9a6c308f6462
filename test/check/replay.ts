import { type Applied, apply } from '../../src/core/apply.ts';
import { type Command, decodeEntry, type Entry } from '../../src/core/entry.ts';
import { tellingFor } from '../../src/core/group/classroom.ts';
import { emptyState, type State } from '../../src/core/group/state.ts';
import type { Event, Result } from '../../src/core/result.ts';
import type { Json } from '../../src/core/types.ts';
import type { ProblemJson, RoundJson } from '../../src/core/view/json-types.ts';
import { hashOf } from '../../src/http/edge/access.ts';
import { agentNamed } from '../../src/http/routes/classroom.ts';
import { digest } from '../sim/digest.ts';
import type { Blame, Evidence, Exchange, LogRecord } from '../sim/evidence.ts';
import type { Mutant } from '../sim/mutant.ts';
import {
  type Answer,
  endedByDeletion,
  groupBy,
  isCounted,
  label,
  proposalIn,
  tells,
  textsIn,
} from './answers.ts';
import { ByHandCheck } from './by-hand.ts';
import { ClaimsCheck } from './claims.ts';
import { firstViolation, rememberAgain } from './invariants.ts';
import { LogCheck } from './log-check.ts';
import type { Known } from './step.ts';
import { TalkAnswers } from './talk/answers.ts';
import { Clerk } from './talk/clerk.ts';
import { TimeCheck } from './time.ts';
import { isClaim, Views } from './views.ts';
import { WebhooksCheck } from './webhooks.ts';

/** Replays one history of the log by `apply` as it ships, and holds every answer that was read from it against that. */
export class Replay {
  private readonly e: Evidence;
  private readonly log: LogRecord;
  private readonly answers: readonly Answer[];
  private readonly blame: Blame;
  private readonly count: (what: string) => void;
  private readonly outcomes = new Map<string, string>();
  /** Index at which each agent's proposal took effect first: group, round, agent, value. */
  private readonly effects = new Map<string, number>();
  /** The token under which each proposal was made, by its hash: group, round, agent. */
  private readonly seals = new Map<string, string>();
  /** The round in which the proposal with each key was counted. */
  private readonly posts = new Map<string, number>();
  private readonly secrets: readonly string[];
  /** Secrets that everybody may know by now. */
  private readonly told = new Set<string>();
  /** What could be seen at the index that is being replayed. */
  private views = new Views([]);
  private events: readonly Event[] = [];

  /** `answers`: those that were read from this history. */
  constructor(
    evidence: Evidence,
    log: LogRecord,
    answers: readonly Answer[],
    blame: Blame,
    count: (what: string) => void,
  ) {
    this.e = evidence;
    this.log = log;
    this.answers = answers;
    this.blame = blame;
    this.count = count;
    // What a group that is deleted still shows to those who waited is in no later state.
    this.secrets = evidence.plan.groups
      .filter(({ name }) => name !== 'temp')
      .flatMap(({ values, notes = [] }) => [...values.flatMap(textsIn), ...notes])
      .filter((v) => v.length >= 6);
  }

  /** Replays the log and holds everything against it, index by index. */
  run(bug: Pick<Mutant, 'core' | 'before'> | null): void {
    const { plan } = this.e;
    const { entries } = this.log;
    const digests = this.e.digests.filter(({ log }) => log === this.log.id);
    const byIndex = groupBy(this.answers, ({ index }) => index ?? -1);
    const digestsAt = groupBy(digests, ({ index }) => index);
    const log = new LogCheck(this.blame, this.count);
    const byHand = new ByHandCheck(this.blame, this.count);
    const claims = new ClaimsCheck(this.blame, this.count);
    const webhooks = new WebhooksCheck(this.blame, this.count);
    const time = new TimeCheck(plan, this.log.times, this.blame, this.count);
    const clerk = new Clerk(this.blame, this.count);
    const state = emptyState();
    const memory = new Map<string, Known>();
    for (const secret of this.secrets)
      if (JSON.stringify(plan.groups.map((g) => g.settings)).includes(secret)) this.told.add(secret);
    this.views = new Views(byIndex.get(0) ?? []);
    this.views.look(state);
    this.answersAt(state, byIndex.get(0) ?? [], null);
    for (let index = 1; index <= entries.length; index += 1) {
      const entry = decodeEntry(entries[index - 1] as Uint8Array);
      const answers = byIndex.get(index) ?? [];
      this.views = new Views(answers);
      bug?.before?.(state, entry);
      const applied = apply(state, entry, index, (place, result) => {
        this.views.look(state);
        clerk.command(entry.commands[place] as Command, result, state);
      });
      bug?.core?.(state, entry, applied);
      // Of groups that the entry says it left alone only the last looks: whatever changed them unsaid is found there.
      const step = { before: memory, after: state, entry, index, applied };
      const only = index === entries.length ? {} : { only: applied.changed };
      const complaint = firstViolation({ ...step, ...only });
      if (complaint !== null) {
        const [name = ''] = complaint.split(':', 1);
        this.blame(name, `entry ${index}: ${complaint.slice(name.length + 2)}`);
      }
      time.entry(entry, applied, state);
      rememberAgain(memory, state, applied.changed);
      this.events = applied.events;
      log.entry(entry, applied, state);
      byHand.entry(entry, applied, state);
      claims.entry(entry, applied, state);
      webhooks.entry(entry, applied, state);
      clerk.entry(entry, applied, state);
      for (const { type, group } of applied.events)
        if (type === 'round-closed' && state.groups.get(group)?.closed.has(1) === false)
          this.count('rounds let go');
      this.effectsOf(entry, applied.results, index);
      this.reveal(state, applied);
      this.answersAt(state, answers, { entry, applied });
      this.sameState(state, digestsAt.get(index) ?? [], index);
    }
    for (const [index, answers] of byIndex) {
      if (index > entries.length)
        this.blame(
          'I5',
          `${label(answers[0] as Answer)} was answered at ${index}, the log ends at ${entries.length}`,
        );
    }
    for (const answer of this.answers) this.acknowledged(answer);
    this.sessions(state);
    new TalkAnswers(clerk.books, this.blame, this.count).check(this.answers);
  }

  /** I3, I5: where each proposal took effect, and that somebody meant it. */
  private effectsOf(entry: Entry, results: readonly Result[], index: number): void {
    entry.commands.forEach((command, i) => {
      const result = results[i] as Result;
      if (command.type !== 'propose' || !result.ok || !('round' in result)) return;
      const { group, value } = command;
      const who = command.agent ?? 'anonymous';
      if (command.key !== null) this.posts.set(command.key, result.round);
      const key = `${group} ${result.round} ${who} ${value}`;
      if (!this.effects.has(key)) this.effects.set(key, index);
      if (result.did === 'proposed' && command.tokenHash !== null)
        this.seals.set(`${group} ${result.round} ${who}`, command.tokenHash);
      if (result.did === 'repeated') return;
      const { intended } = this.e;
      if (intended.has(key) || intended.has(`${group} * ${who} ${value}`)) return;
      this.blame(
        'I3',
        `entry ${index} counts ${who}'s ${value} in round ${result.round} of ${group}: nobody meant that`,
      );
    });
  }

  /** I5: what was acknowledged is in the log, no later than the answer says. */
  private acknowledged({ exchange, status, body, index }: Answer): void {
    if (status >= 300 || body === null || index === null || !isCounted(exchange)) return;
    const wanted = proposalIn(exchange);
    if (wanted === null) return;
    const round = body.round as number;
    this.sealed(exchange, `${wanted.group} ${round} ${wanted.agent}`, body.state === 'WAITING');
    const at = this.effects.get(`${wanted.group} ${round} ${wanted.agent} ${wanted.value}`);
    if (at !== undefined && at <= index) return;
    const where = at === undefined ? 'is not in the log' : `took effect at ${at}`;
    this.blame(
      'I5',
      `${exchange.process} was told at ${index} that ${wanted.value} counts in round ${round}: it ${where}`,
    );
  }

  /** I16: who ended on SUCCESS posted its last number in a round that was one. */
  private sessions(state: State): void {
    const { closed } = state.groups.get('default') ?? {};
    for (const { process, key } of this.e.sessions) {
      const number = this.posts.get(key);
      const outcome = closed?.get(number ?? 0);
      if (number === undefined || outcome?.state === 'SUCCESS') continue;
      this.blame('I16', `${process} was told SUCCESS; its number was in round ${number}: ${outcome?.state}`);
    }
  }

  /** I19: what was proposed under a token answers to that token alone while its round is open. [Q5.3] */
  private sealed({ process, request }: Exchange, proposal: string, isOpen: boolean): void {
    // A group that was made again under its name begins at round 1 once more.
    const seal = proposal.startsWith('temp ') ? undefined : this.seals.get(proposal);
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (seal === undefined || !isOpen || (token !== undefined && hashOf(token) === seal)) return;
    this.blame('I19', `${process} got an answer to ${proposal}, which was made under another's token`);
  }

  /** I11: what the closed rounds and the rules have shown. */
  private reveal(state: State, { events }: Applied): void {
    if (this.told.size === this.secrets.length) return;
    for (const { group: name, type, round: number } of events) {
      const group = state.groups.get(name);
      if (group === undefined || (type !== 'round-closed' && type !== 'proposed')) continue;
      const round = number === group.open?.number ? group.open : group.closed.get(number ?? 0);
      if (round === undefined) continue;
      const all = round.rule.reveal === 'live' || (round !== group.open && round.rule.reveal === 'close');
      const shown = all ? [...round.proposals.values()] : [];
      const values = shown.map(({ value }) => value);
      if ('value' in round) values.push(round.value);
      const notes = shown.flatMap(({ note }) => note ?? []);
      for (const value of values) if (value !== null) notes.push(...textsIn(JSON.parse(value) as Json));
      for (const text of notes) if (this.secrets.includes(text)) this.told.add(text);
    }
  }

  private answersAt(
    state: State,
    answers: readonly Answer[],
    step: { entry: Entry; applied: Applied } | null,
  ): void {
    for (const answer of answers) {
      this.asReplayed(state, answer, step);
      for (const secret of this.secrets) {
        if (!this.told.has(secret) && tells(answer.text, secret))
          this.blame('I11', `${label(answer)} tells ${secret} at ${state.index}, which is secret then`);
      }
    }
  }

  /** I1, I6: an answer says what a replay of the log says at its index. */
  private asReplayed(state: State, answer: Answer, step: { entry: Entry; applied: Applied } | null): void {
    const { body, exchange, status } = answer;
    if (body === null) {
      this.classroom(state, answer, step);
      return;
    }
    if ('code' in body) {
      const problem = body as unknown as ProblemJson;
      if (problem.round !== undefined)
        this.shown(state, problem.round, JSON.stringify(problem.round), answer);
      if (status < 500 && step !== null) this.refusal(state, problem, exchange, step, answer);
    } else if ('rounds' in body) {
      for (const round of body.rounds as RoundJson[]) this.shown(state, round, JSON.stringify(round), answer);
    } else if ('rule' in body) {
      const due = this.views.of(body.group as string);
      // What sets keys is answered with them as well.
      const { joinKey, observerKey: _, ...shown } = body;
      if (!due.has(joinKey === undefined ? answer.text : JSON.stringify(shown)))
        this.blame('I6', `${label(answer)} is ${answer.text}, a replay gives ${[...due].join(' or ')}`);
    } else if (isClaim(body)) {
      const due = this.views.of(body.group, body.round, 'claim');
      if (!due.has(answer.text))
        this.blame('I6', `${label(answer)} is ${answer.text}, a replay gives ${[...due].join(' or ')}`);
    } else if ('round' in body && 'state' in body) {
      this.shown(state, body as unknown as RoundJson, answer.text, answer);
    }
  }

  private shown(state: State, round: RoundJson, text: string, answer: Answer): void {
    if (round.index !== state.index) {
      this.blame('I6', `${label(answer)} shows a round as of ${round.index} at ${state.index}`);
      return;
    }
    if (round.reason === 'group-deleted' || endedByDeletion(this.events, round)) return;
    const due = this.views.of(round.group, round.round);
    if (!due.has(text))
      this.blame('I6', `${label(answer)} shows ${text}, a replay gives ${[...due].join(' or ')}`);
    if (round.state === 'WAITING' || round.group === 'temp') return;
    const key = `${round.group} ${round.round}`;
    const said = `${round.state} ${round.reason} ${JSON.stringify(round.value)} ${round.revision} ${round.closedAt}`;
    const before = this.outcomes.get(key) ?? said;
    this.outcomes.set(key, before);
    if (before !== said)
      this.blame('I1', `round ${round.round} of ${round.group} ended as ${before} and as ${said}`);
  }

  /** I6: a proposal that is refused is refused by the log, in the entry that the answer names. */
  private refusal(
    state: State,
    problem: ProblemJson,
    exchange: Exchange,
    step: { entry: Entry; applied: Applied },
    answer: Answer,
  ): void {
    // Of a group that is gone by the end of the entry nothing else is said.
    if (problem.code === 'group-not-found') return;
    // Nor is anything looked at for one that has seen another log. [Q6.11]
    if (problem.code === 'history-changed') return;
    const wanted = proposalIn(exchange);
    if (wanted === null) return;
    // Taken, and let go with its round before the wait was over: nothing was refused.
    const isLetGo = state.groups.get(wanted.group)?.closed.has(1) === false;
    if (problem.code === 'round-not-kept' && problem.outcome === 'unknown' && isLetGo) return;
    const refused = step.entry.commands.some((command, i) => {
      const result = step.applied.results[i];
      if (command.type !== 'propose' || command.agent !== wanted.agent || result?.ok !== false) return false;
      if (result.code === problem.code) return true;
      // The outcome cannot be shown any more. [Q3.7]
      const isKept = state.groups.get(wanted.group)?.closed.has(result.round ?? 0);
      return problem.code === 'round-not-kept' && result.code === 'round-closed' && isKept === false;
    });
    if (!refused)
      this.blame('I6', `${label(answer)} was refused as ${problem.code}; entry ${problem.index} does not`);
  }

  private classroom(state: State, answer: Answer, step: { entry: Entry; applied: Applied } | null): void {
    const { exchange, status, text } = answer;
    if (status !== 200 || !exchange.request.path.startsWith('/state/')) return;
    const group = state.groups.get('default');
    // A classroom that is not there begins anew with its first post.
    if (group === undefined) {
      if (text !== '{"state":"WAITING"}') this.blame('I6', `${label(answer)} told ${text} of no group`);
      return;
    }
    const reader = agentNamed(decodeURIComponent(exchange.request.path.slice('/state/'.length)));
    const said = (JSON.parse(text) as { state: string }).state;
    const may = new Set<string>();
    step?.entry.commands.forEach((command, i) => {
      const result = step.applied.results[i];
      if (command.type === 'tell' && command.reader === reader && result?.ok && result.did === 'told')
        may.add(result.state);
    });
    const telling = tellingFor(group, reader, exchange.request.headers['x-agent-id'] !== undefined);
    if (!telling.isNew) may.add(telling.state);
    if (!may.has(said))
      this.blame(
        'I6',
        `${label(answer)} says ${said}, a replay gives ${[...may].join(' or ') || 'a telling'}`,
      );
  }

  /** I8: servers that have applied the same entries are in the same state. */
  private sameState(state: State, digests: Evidence['digests'], index: number): void {
    if (digests.length === 0) return;
    const due = digest(state);
    for (const { server, text } of digests) {
      if (text === due) continue;
      const at = [...text].findIndex((char, i) => char !== due[i]);
      const near = (s: string): string => s.slice(Math.max(0, at - 60), at + 60);
      this.blame('I8', `${server} at ${index} has ...${near(text)}..., a replay ...${near(due)}...`);
    }
  }
}
