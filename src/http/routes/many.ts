import { turn } from '../../replica/clock.ts';
import type { Replica } from '../../replica/replica.ts';
import { jsonOf } from '../body.ts';
import { type Access, type Caller, callerBy, callerOf } from '../edge/access.ts';
import type { Limits } from '../edge/limits.ts';
import type { LineShares, Shares } from '../edge/shares.ts';
import { bodyObject, keyIn } from '../input.ts';
import { type Line, Lines, noLines, refuseNoLines } from '../lines.ts';
import { Pieces } from '../pieces.ts';
import { Problem } from '../problem.ts';
import { type ReplyLine, ReplyLines } from '../reply-lines.ts';
import type { Request, Response } from '../route.ts';
import type { Router } from '../router.ts';
import { BadLine, Ballot, type Exchange } from './ballot.ts';
import { LineWaits } from './line-waits.ts';
import { proposeMany } from './many.api.ts';
import { proposal, roundNamed, waitFor } from './propose.ts';
import { type Answers, answers } from './round-answers.ts';

/** Many proposals in one request, one a line, each answered by a line of its own as it settles. [Q6.13] */

/** Lines of one request that wait for the log at a time: more would make an entry that is applied for too long. */
const window = 512;
/** ms for which lines are read before others get a turn. */
const sliceMs = 5;
const members = 'group round agent value abstain seq note token idempotencyKey'.split(' ');

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
  const shared = { ...parts, shown: answers(), unread: { lines: 0 } };
  router.route({
    method: 'POST',
    path: '/v1/proposals',
    operation: proposeMany,
    lines: true,
    handle: (request, response) => new Many(shared, request, response).run(),
  });
}

interface Shared extends ManyParts {
  readonly shown: Answers;
  /** How many lines of all requests together are settled and not read by their callers yet. */
  readonly unread: { lines: number };
}

/** One request. */
class Many {
  private readonly parts: Shared;
  private readonly request: Request;
  private readonly response: Response;
  private readonly caller: Caller;
  private readonly shares: LineShares;
  private readonly replies: ReplyLines;
  private readonly exchange: Exchange;
  /** Lines that wait for the log. */
  private inFlight = 0;
  /** Lines that were read and are not answered yet. */
  private open = 0;
  private isRead = false;
  private onRoom: (() => void) | null = null;

  constructor(parts: Shared, request: Request, response: Response) {
    const { replica, limits, shares, unread } = parts;
    this.parts = parts;
    this.request = request;
    this.response = response;
    const ms = waitFor(request, response);
    this.caller = callerOf(request);
    refuseNoLines(request, response, limits.manyBytes);
    this.shares = shares.ofLines(request);
    this.exchange = this.exchangeOf(ms === 0 ? null : new LineWaits(replica.waiters, ms, response.raw));
    this.replies = new ReplyLines(response, replica.surroundings, (lines) => {
      unread.lines -= lines;
      this.makeRoom();
    });
  }

  /** Resolves once all lines are read; rejects with a Problem only while nothing of the response is sent. */
  async run(): Promise<void> {
    const { limits, replica } = this.parts;
    const { request, response } = this;
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
    let ballot: Ballot;
    try {
      ballot = this.ballotIn(line);
    } catch (error) {
      this.refuse(line.number, this.shares.refusal(null, false) ?? (error as Error));
      return;
    }
    const tooMuch = this.shares.refusal(ballot.token, this.exchange.waits !== null);
    if (tooMuch !== null) {
      this.refuse(line.number, tooMuch);
      return;
    }
    this.inFlight += 1;
    this.open += 1;
    this.parts.replica.enqueue(ballot);
  }

  /** Throws a Problem for a line that cannot be a proposal. */
  private ballotIn({ number, text, problem }: Line): Ballot {
    if (text === null) throw problem;
    const fields = bodyObject(jsonOf(text), members, 'line');
    const { group, agent, token, idempotencyKey } = fields;
    const round = roundNamed(fields);
    if (round === null)
      throw new Problem('invalid-request', 'a line names its round, so that it is safe to send it again');
    const caller = token === undefined ? this.caller : callerBy(token);
    const key = keyIn(idempotencyKey);
    const command = proposal({ group, agent, round, fields, caller, key });
    return new Ballot(this.exchange, number, caller, token === undefined ? null : caller.token, command);
  }

  private exchangeOf(waits: LineWaits | null): Exchange {
    const { parts, request } = this;
    const { access, replica, shown } = parts;
    const { state } = replica;
    return {
      shown,
      waits,
      get index() {
        return state.index;
      },
      refused: (refusal, group, caller) => access.refused(refusal, state, group, caller),
      problemOf: (error) => parts.problemOf(error, request),
      landed: (isTaken) => {
        if (isTaken) parts.accepted();
        this.inFlight -= 1;
        this.makeRoom();
      },
      answer: (line) => {
        if (waits !== null) this.shares.over(line.token);
        this.reply(line);
      },
    };
  }

  private refuse(number: number, error: Error): void {
    this.open += 1;
    this.reply(new BadLine(this.exchange, number, error));
  }

  private reply(line: ReplyLine): void {
    this.parts.unread.lines += 1;
    this.replies.add(line);
    this.open -= 1;
    this.endIfDone();
  }

  private endIfDone(): void {
    if (this.isRead && this.open === 0) this.replies.end();
  }

  private get isFull(): boolean {
    const tooManyUnread = this.parts.unread.lines > this.parts.limits.manyUnread;
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
