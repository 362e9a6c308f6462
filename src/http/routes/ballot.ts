import { encodeCommand } from '../../core/entry.ts';
import type { Group, State } from '../../core/group/state.ts';
import type { Refusal, Result } from '../../core/result.ts';
import type { Outcome } from '../../core/types.ts';
import type { Queued } from '../../replica/in-flight.ts';
import type { Caller } from '../edge/access.ts';
import { type Problem, problemJson } from '../problem.ts';
import type { LineWaits, Waiting } from './line-waits.ts';
import { type proposal, taken } from './propose.ts';
import { type Answers, notKept } from './round-answers.ts';

/** What the lines of one request have in common. */
export interface Exchange {
  readonly shown: Answers;
  /** Null when the caller does not wait for outcomes. */
  readonly waits: LineWaits | null;
  /** The index that rounds are read at. */
  readonly index: number;
  /** A refusal of the core as this caller may see it. */
  refused(refusal: Refusal, group: string, caller: Caller): Problem;
  /** The problem that an error is to the caller, which counts as refused. */
  problemOf(error: Error): Problem;
  /** A line came back from the log, or never will; whether its proposal was taken. */
  landed(isTaken: boolean): void;
  /** The line is ready to be answered. */
  answer(line: Ballot): void;
}

/**
 * One line on its way: a command in the queue, then perhaps a line that waits for its round, at last a line of the response. There may be
 * many thousands, so that it is one object all the way.
 */
export class Ballot implements Queued, Waiting {
  /** Of the line. */
  readonly number: number;
  readonly caller: Caller;
  /** The line's own; null where that of the request counts. */
  readonly token: string | null;
  readonly command: ReturnType<typeof proposal>;
  readonly text: string;
  readonly asOf = undefined;
  private readonly exchange: Exchange;
  private error: Error | null = null;
  private refusal: Refusal | null = null;
  private status = 0;
  /** The group that the proposal was taken in, its round, and once that has closed its outcome. */
  private group: Group | null = null;
  round = 0;
  private outcome: Outcome | undefined = undefined;

  constructor(
    exchange: Exchange,
    number: number,
    caller: Caller,
    token: string | null,
    command: ReturnType<typeof proposal>,
  ) {
    this.exchange = exchange;
    this.number = number;
    this.caller = caller;
    this.token = token;
    this.command = command;
    this.text = encodeCommand(command);
  }

  /** Called while the entry with this line is applied: it only takes what it needs. */
  settle(result: Result, state: State): void {
    const { exchange } = this;
    exchange.landed(result.ok);
    if (!result.ok) {
      this.refusal = result;
      exchange.answer(this);
      return;
    }
    const group = state.groups.get(this.command.group) as Group;
    const { status, number } = taken(result);
    this.status = status;
    this.group = group;
    this.round = number;
    if (group.open?.number !== number) this.over(group.closed.get(number));
    else if (exchange.waits === null) exchange.answer(this);
    else exchange.waits.add(group, this);
  }

  fail(error: Error): void {
    this.error = error;
    this.exchange.landed(false);
    this.exchange.answer(this);
  }

  over(outcome: Outcome | undefined): void {
    this.outcome = outcome;
    this.exchange.answer(this);
  }

  /** The line of the response: the round as it ended, or as it stands now; or the problem. */
  line(): string {
    const { exchange, group } = this;
    try {
      if (this.error !== null) throw this.error;
      if (this.refusal !== null || group === null)
        throw exchange.refused(this.refusal as Refusal, this.command.group, this.caller);
      return `{"line":${this.number},"status":${this.status},"round":${this.roundOf(group)}}\n`;
    } catch (error) {
      return problemLine(this.number, exchange.problemOf(error as Error));
    }
  }

  private roundOf(group: Group): string {
    const { exchange, round, outcome } = this;
    const { shown, index } = exchange;
    const answer =
      outcome === undefined ? shown.round(group, round, index) : shown.closed(group, outcome, index);
    if (answer === null) throw notKept(round, index, { outcome: 'unknown' });
    return answer.body();
  }
}

/** A line that cannot be a proposal. */
export class BadLine {
  private readonly exchange: Exchange;
  private readonly number: number;
  private readonly error: Error;

  constructor(exchange: Exchange, number: number, error: Error) {
    this.exchange = exchange;
    this.number = number;
    this.error = error;
  }

  line(): string {
    return problemLine(this.number, this.exchange.problemOf(this.error));
  }
}

function problemLine(line: number, problem: Problem): string {
  const shape = problemJson(problem);
  return `${JSON.stringify({ line, status: shape.status, problem: shape })}\n`;
}
