import { isAscii, isUtf8 } from 'node:buffer';
import { notUtf8, tooLarge } from './body.ts';
import { Problem } from './problem.ts';
import type { Request, Response } from './route.ts';

/** One line of a body: its text, or why it cannot be read. */
export interface Line {
  /** From 1; blank lines count. */
  readonly number: number;
  readonly text: string | null;
  readonly problem: Problem | null;
  /** Nothing is read after it: the body is larger than it may be. */
  readonly isLast: boolean;
}

export interface LineLimits {
  /** Bytes of one line, without its end. */
  readonly lineBytes: number;
  /** The number that the last line may have. */
  readonly lines: number;
  /** Bytes of the whole body. */
  readonly bytes: number;
}

const newline = 0x0a;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Cuts a body into lines, piece by piece, and leaves out the blank ones. A line that is too long or is no UTF-8 is a problem of its own;
 * the line with which the body passes a limit is the last.
 */
export class Lines {
  private readonly limits: LineLimits;
  private number = 0;
  /** Bytes before the line that comes next. */
  private before = 0;
  private piece = nothing;
  private isPlain = true;
  private at = 0;
  /** The beginning of a line whose end has not come; nothing of it is kept once it is known to be too long. */
  private begun = nothing;
  private begunBytes = 0;
  private ended = false;

  constructor(limits: LineLimits) {
    this.limits = limits;
  }

  /** Takes what came next, once `next` has given all lines of what came before. */
  feed(piece: Buffer): void {
    this.piece = piece;
    this.isPlain = isAscii(piece);
    this.at = 0;
  }

  /** Nothing more comes: what has come of the last line is all of it. */
  end(): void {
    this.feed(nothing);
    this.ended = true;
  }

  /** The next line that is not blank; null when it has not come yet. */
  next(): Line | null {
    for (;;) {
      const end = this.piece.indexOf(newline, this.at);
      if (end < 0) return this.rest();
      const line = this.line(end);
      this.at = end + 1;
      if (line !== null) return line;
    }
  }

  /** Keeps the beginning of a line, whose end is in a later piece. */
  private rest(): Line | null {
    const { piece, at, limits } = this;
    if (at < piece.length) {
      this.begunBytes += piece.length - at;
      if (this.begunBytes > limits.lineBytes) this.begun = nothing;
      else this.begun = Buffer.concat([this.begun, piece.subarray(at)]);
      this.at = piece.length;
    }
    if (this.begunBytes === 0) return null;
    if (!this.ended && this.before + this.begunBytes <= limits.bytes) return null;
    return this.line(piece.length);
  }

  /** The line that ends at this place of the piece; null for a blank one. */
  private line(end: number): Line | null {
    const { limits, begun, begunBytes, piece, at } = this;
    const bytes = begunBytes + end - at;
    this.number += 1;
    this.before += bytes + 1;
    this.begun = nothing;
    this.begunBytes = 0;
    // The end of the line itself, which the last one need not have, counts for nothing.
    if (this.before - 1 > limits.bytes) return this.last(`${limits.bytes} bytes`);
    const isLong = bytes > limits.lineBytes;
    if (!isLong && bytes === 0) return null;
    if (this.number > limits.lines) return this.last(`${limits.lines} lines`);
    if (isLong) return this.refused(tooLarge(limits.lineBytes, 'line'));
    const text =
      begunBytes === 0
        ? textOf(piece, at, end, this.isPlain)
        : textOf(Buffer.concat([begun, piece.subarray(at, end)]), 0, bytes, false);
    if (text === null) return this.refused(notUtf8('line'));
    return isBlank(text) ? null : { number: this.number, text, problem: null, isLast: false };
  }

  private refused(problem: Problem): Line {
    return { number: this.number, text: null, problem, isLast: false };
  }

  private last(most: string): Line {
    const detail = `the body is larger than this server takes: ${most} at most; this line and all after it were not looked at`;
    return { ...this.refused(new Problem('too-large', detail)), isLast: true };
  }
}

/** Null for bytes that are no UTF-8. */
function textOf(bytes: Buffer, from: number, to: number, isPlain: boolean): string | null {
  if (isPlain) return bytes.toString('latin1', from, to);
  return isUtf8(bytes.subarray(from, to)) ? bytes.toString('utf8', from, to) : null;
}

function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // Almost all lines begin with a brace.
  return first <= 0x20 && /^[ \t\r]*$/.test(text);
}

const ndjson = /^application\/x-ndjson\s*(?:;|$)/i;

/** Refuses a request whose body is not lines of JSON, or says that it has more than `most` bytes, before any of it is read. */
export function refuseNoLines({ headers }: Request, response: Response, most: number): void {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': coding } = headers;
  const refuse = (problem: Problem): never => {
    response.header('connection', 'close');
    throw problem;
  };
  if (coding === undefined && (length === undefined || length === '0')) throw noLines();
  if (type === undefined || !ndjson.test(type))
    refuse(
      new Problem('unsupported-media-type', 'the body must be one JSON object a line: application/x-ndjson'),
    );
  if (Number(length) > most) refuse(tooLarge(most));
}

export function noLines(): Problem {
  return new Problem('invalid-json', 'the body is empty: send one proposal a line');
}
