import type { Group, State } from '../../core/group/state.ts';
import type { Refusal, Result } from '../../core/result.ts';
import type { Outcome } from '../../core/types.ts';
import { turn } from '../../replica/clock.ts';
import type { Replica } from '../../replica/replica.ts';
import { jsonOf } from '../body.ts';
import { type Access, type Caller, callerBy, callerOf } from '../edge/access.ts';
import type { Limits } from '../edge/limits.ts';
import type { LineShares, Shares } from '../edge/shares.ts';
import { bodyObject, keyIn } from '../input.ts';
import { type Line, Lines, noLines, refuseNoLines } from '../lines.ts';
import { Pieces } from '../pieces.ts';
import { Problem, problemJson } from '../problem.ts';
import { ReplyLines } from '../reply-lines.ts';
import type { Request, Response } from '../route.ts';
import type { Router } from '../router.ts';
import { LineWaits } from './line-waits.ts';
import { proposeMany } from './many.api.ts';
import { proposal, roundNamed, taken, waitFor } from './propose.ts';
import { type Answers, answers, notKept } from './round-answers.ts';

/** Many proposals in one request, one a line, each answered by a line of its own as it settles. [Q6.13] */

/** Lines of one request that wait for the log at a time: more would make an entry that is applied for too long. */
const window = 512;
/** ms for which lines are read before others get a turn. */
const sliceMs = 5;
const members = ['group', 'round', 'agent', 'value', 'abstain', 'seq', 'token', 'idempotencyKey'];

export interface ManyParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly shares: Shares;
  readonly limits: Limits;
  /** The problem that an error is to this request, which counts as refused. */
  readonly problemOf: (error: Error, request: Request) => Problem;
  /** A proposal was taken. */
  readonly accepted: () => void;
}

export function manyRoutes(router: Router, parts: ManyParts): void {
  const shown = answers();
  const unread: Unread = { lines: 0 };
  router.route({
    method: 'POST',
    path: '/v1/proposals',
    operation: proposeMany,
    lines: true,
    handle: (request, response) => new Many(parts, { shown, unread, request, response }).run(),
  });
}

/** How many lines of all requests together are settled and not read by their callers yet. */
interface Unread {
  lines: number;
}

interface Exchange {
  readonly shown: Answers;
  readonly unread: Unread;
  readonly request: Request;
  readonly response: Response;
}

/** What a line asks for. */
interface Sent {
  /** Of the line. */
  readonly number: number;
  readonly caller: Caller;
  /** The line's own; null where that of the request counts. */
  readonly token: string | null;
  readonly command: ReturnType<typeof proposal>;
}

/** How a line is answered: by the problem with it, by its refusal, or by the round that its proposal was taken in. */
type Reply =
  | { readonly number: number; readonly error: Error }
  | { readonly number: number; readonly sent: Sent; readonly refusal: Refusal }
  | {
      readonly number: number;
      readonly status: number;
      readonly group: Group;
      readonly round: number;
      /** Undefined while the round is open. */
      readonly outcome: Outcome | undefined;
    };

/** One request. */
class Many {
  private readonly parts: ManyParts;
  private readonly exchange: Exchange;
  private readonly caller: Caller;
  private readonly shares: LineShares;
  private readonly replies: ReplyLines<Reply>;
  /** Null when the caller does not wait for outcomes. */
  private readonly waits: LineWaits | null;
  /** Lines that wait for the log. */
  private inFlight = 0;
  /** Lines that were read and are not answered yet. */
  private open = 0;
  private isRead = false;
  private onRoom: (() => void) | null = null;

  constructor(parts: ManyParts, exchange: Exchange) {
    const { request, response, unread } = exchange;
    const { replica, limits, shares } = parts;
    this.parts = parts;
    this.exchange = exchange;
    const ms = waitFor(request, response);
    this.caller = callerOf(request);
    refuseNoLines(request, response, limits.manyBytes);
    this.waits = ms === 0 ? null : new LineWaits(replica.waiters, ms, response.raw);
    this.shares = shares.ofLines(request);
    const text = (reply: Reply): string => this.text(reply);
    this.replies = new ReplyLines(response, replica.surroundings, text, (lines) => {
      unread.lines -= lines;
      this.makeRoom();
    });
  }

  /** Resolves once all lines are read; rejects with a Problem only while nothing of the response is sent. */
  async run(): Promise<void> {
    const { limits, replica } = this.parts;
    const { request, response } = this.exchange;
    response.headers({ 'content-type': 'application/x-ndjson; charset=utf-8', 'x-accel-buffering': 'no' });
    const pieces = new Pieces(request.raw, replica.surroundings, limits.requestTimeout);
    const { bodyBytes: lineBytes, manyLines, manyBytes } = limits;
    await this.read(pieces, new Lines({ lineBytes, lines: manyLines, bytes: manyBytes }));
    this.isRead = true;
    this.endIfDone();
    pieces.drop(limits.requestTimeout);
  }

  private async read(pieces: Pieces, lines: Lines): Promise<void> {
    const { surroundings } = this.parts.replica;
    let last = 0;
    let sliceEnds = surroundings.elapsed() + sliceMs;
    for (let isWhole = false; !isWhole; ) {
      let piece: Buffer | null;
      try {
        piece = await pieces.next();
      } catch (problem) {
        if (last === 0) throw problem;
        return this.refuse(last + 1, problem as Problem);
      }
      isWhole = piece === null;
      if (piece === null) lines.end();
      else lines.feed(piece);
      for (let line = lines.next(); line !== null; line = lines.next()) {
        last = line.number;
        this.take(line);
        if (line.isLast) return;
        if (this.isFull) await this.room();
        if (surroundings.elapsed() < sliceEnds) continue;
        await turn(surroundings);
        sliceEnds = surroundings.elapsed() + sliceMs;
      }
    }
    if (last === 0) throw noLines();
  }

  private take(line: Line): void {
    let sent: Sent;
    try {
      sent = this.sentIn(line);
    } catch (error) {
      this.refuse(line.number, this.shares.refusal(null, false) ?? (error as Error));
      return;
    }
    const tooMuch = this.shares.refusal(sent.token, this.waits !== null);
    if (tooMuch === null) this.submit(sent);
    else this.refuse(line.number, tooMuch);
  }

  private submit(sent: Sent): void {
    this.inFlight += 1;
    this.open += 1;
    this.parts.replica
      .submit(sent.command, (result, state) => this.settle(sent, result, state))
      .catch((error: Error) => {
        this.landed();
        this.answer(sent, { number: sent.number, error });
      });
  }

  /** Throws a Problem for a line that cannot be a proposal. */
  private sentIn({ number, text, problem }: Line): Sent {
    if (text === null) throw problem;
    const fields = bodyObject(jsonOf(text), members, 'line');
    const { group, agent, token, idempotencyKey } = fields;
    const round = roundNamed(fields);
    if (round === null)
      throw new Problem('invalid-request', 'a line names its round, so that it is safe to send it again');
    const caller = token === undefined ? this.caller : callerBy(token);
    const key = keyIn(idempotencyKey);
    const command = proposal({ group, agent, round, fields, caller, key });
    return { number, caller, token: token === undefined ? null : caller.token, command };
  }

  /** Called while the entry with this line is applied: it only takes what it needs. */
  private settle(sent: Sent, result: Result, state: State): void {
    this.landed();
    const { number } = sent;
    if (!result.ok) {
      this.answer(sent, { number, sent, refusal: result });
      return;
    }
    this.parts.accepted();
    const group = state.groups.get(sent.command.group) as Group;
    const { status, number: round } = taken(result);
    const over = (outcome: Outcome | undefined): void =>
      this.answer(sent, { number, status, group, round, outcome });
    const isOpen = group.open?.number === round;
    if (isOpen && this.waits !== null) this.waits.add({ group, round, over });
    else over(isOpen ? undefined : group.closed.get(round));
  }

  /** A line came back from the log, or never will. */
  private landed(): void {
    this.inFlight -= 1;
    this.makeRoom();
  }

  private answer(sent: Sent, reply: Reply): void {
    if (this.waits !== null) this.shares.over(sent.token);
    this.reply(reply);
  }

  private refuse(number: number, error: Error): void {
    this.open += 1;
    this.reply({ number, error });
  }

  private reply(reply: Reply): void {
    this.exchange.unread.lines += 1;
    this.replies.add(reply);
    this.open -= 1;
    this.endIfDone();
  }

  private endIfDone(): void {
    if (this.isRead && this.open === 0) this.replies.end();
  }

  private text(reply: Reply): string {
    try {
      if ('error' in reply) throw reply.error;
      if ('refusal' in reply) throw this.refusal(reply.sent, reply.refusal);
      const { number, status, group, round, outcome } = reply;
      // The round as it ended, or as it stands when the line is written.
      return `{"line":${number},"status":${status},"round":${this.bodyOf(group, round, outcome)}}\n`;
    } catch (error) {
      const problem = problemJson(this.parts.problemOf(error as Error, this.exchange.request));
      return `${JSON.stringify({ line: reply.number, status: problem.status, problem })}\n`;
    }
  }

  private refusal({ command, caller }: Sent, refusal: Refusal): Problem {
    const { access, replica } = this.parts;
    return access.refused(refusal, replica.state, command.group, caller);
  }

  private bodyOf(group: Group, round: number, outcome: Outcome | undefined): string {
    const { index } = this.parts.replica.state;
    const { shown } = this.exchange;
    const answer =
      outcome === undefined ? shown.round(group, round, index) : shown.closed(group, outcome, index);
    if (answer === null) throw notKept(round, index, { outcome: 'unknown' });
    return answer.body();
  }

  private get isFull(): boolean {
    const tooManyUnread = this.exchange.unread.lines > this.parts.limits.manyUnread;
    return this.inFlight >= window || (tooManyUnread && this.replies.length > 0);
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.onRoom = resolve;
    });
  }

  private makeRoom(): void {
    const { onRoom } = this;
    if (onRoom === null || this.isFull) return;
    this.onRoom = null;
    this.parts.replica.surroundings.soon(onRoom);
  }
}
