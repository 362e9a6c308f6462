import type { Json } from '../core/types.ts';
import type { ProblemJson, RoundJson } from '../core/view/json-types.ts';
import { type Batched, batches } from './batches.ts';
import { type Call, toJson } from './call.ts';
import { Channel } from './channel.ts';
import { deadlinePassed, noAnswer, QuorateError } from './errors.ts';
import { LineReader } from './line-reader.ts';
import type { CallOptions } from './requests.ts';
import { countdown, type Duration } from './time.ts';
import { backoff, retriedStatuses, type Transport } from './transport.ts';
import { longestWaitMs } from './waiting.ts';

/** One of many proposals. It names its round, so that it is safe to send again. */
export type ManyProposal = {
  readonly group: string;
  readonly round: number;
  readonly agent: string;
  /** The agent's, where it has joined; without it that of the client counts. */
  readonly token?: string | undefined;
  readonly seq?: number | undefined;
  /** Why: see `Group.propose`. */
  readonly note?: string | undefined;
  readonly idempotencyKey?: string | undefined;
} & (
  | { readonly value: Json; readonly abstain?: false | undefined }
  | { readonly abstain: true; readonly value?: undefined }
);

/** What came of one of many proposals: the round it was taken in, or the error. */
export type SettledProposal<P extends ManyProposal = ManyProposal> = {
  /** Its place among all, from 1. */
  readonly line: number;
  readonly proposal: P;
} & (
  | { readonly round: RoundJson; readonly error: null }
  | { readonly round: null; readonly error: QuorateError }
);

/** How proposals that are sent many at once are waited for. */
export type ProposalsOptions = CallOptions & {
  /** How long each waits for the outcome of its round; 0 by default. */
  readonly wait?: Duration | undefined;
};

const ndjson = 'application/x-ndjson';
// Requests under way at a time.
const mostRequests = 4;
// A request of a server with the usual limits may have 4 MiB.
const mostBytes = 4_000_000;
// Results that wait for the caller before less is read.
const mostResults = 1000;

/** A line of a reply. */
interface AnsweredLine {
  readonly line: number;
  readonly status: number;
  readonly round?: RoundJson;
  readonly problem?: ProblemJson;
}

/** A line on its way; `last`: what it was answered, where that is not the end of it. */
interface Sent<P extends ManyProposal> extends Batched<P> {
  readonly text: string;
  readonly last: SettledProposal<P> | null;
}

/** See `Client.proposals`. */
export async function* proposals<P extends ManyProposal>(
  transport: Transport,
  items: Iterable<P> | AsyncIterable<P>,
  options: ProposalsOptions,
): AsyncGenerator<SettledProposal<P>, void, void> {
  const results = new Channel<SettledProposal<P>>(mostResults);
  const stop = new AbortController();
  const fail = (error: unknown): void => {
    results.end(error);
    stop.abort(error);
  };
  const { signal } = options;
  const abort = (): void => fail(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  const sender = new Sender(transport, results, { ...options, signal: stop.signal });
  sender.all(items).then(() => results.end(), fail);
  try {
    yield* results;
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}

/** The lines in parts of which each may be one request, or is one line. */
function* partsOf<P extends ManyProposal>(lines: readonly Sent<P>[]): Generator<readonly Sent<P>[]> {
  const encoder = new TextEncoder();
  let part: Sent<P>[] = [];
  let size = 0;
  for (const line of lines) {
    const bytes = encoder.encode(line.text).length;
    if (part.length > 0 && size + bytes > mostBytes) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(line);
    size += bytes;
  }
  if (part.length > 0) yield part;
}

/** Sends proposals in requests of many, and again those that have no definite answer. */
class Sender<P extends ManyProposal> {
  private readonly transport: Transport;
  private readonly results: Channel<SettledProposal<P>>;
  private readonly options: ProposalsOptions & { readonly signal: AbortSignal };
  /** ms left for everything. */
  private readonly left: () => number;

  constructor(
    transport: Transport,
    results: Channel<SettledProposal<P>>,
    options: ProposalsOptions & { readonly signal: AbortSignal },
  ) {
    this.transport = transport;
    this.results = results;
    this.options = options;
    this.left = countdown(transport.wire.clock, options.deadline);
  }

  /** Resolves once all are settled. */
  async all(items: Iterable<P> | AsyncIterable<P>): Promise<void> {
    const running = new Set<Promise<void>>();
    for await (const batch of batches(items, this.transport.wire.clock))
      for (const part of partsOf(await this.written(batch))) {
        while (running.size >= mostRequests) await Promise.race(running);
        const run: Promise<void> = this.settle(part).finally(() => running.delete(run));
        // It is waited for below, or the whole has failed by then.
        run.catch(() => {});
        running.add(run);
      }
    await Promise.all(running);
  }

  /** Sends these until each is settled. */
  private async settle(lines: readonly Sent<P>[]): Promise<void> {
    const { clock, random, retryFor } = this.transport.wire;
    const { signal, wait = 0 } = this.options;
    const waiting = countdown(clock, wait);
    let open = lines;
    let since = clock.now();
    for (let failures = 1; open.length > 0; failures += 1) {
      const next = await this.send(open, waiting).catch((error: unknown) => this.refused(open, error));
      if (next.length < open.length || next.some(({ last }) => last?.round)) {
        since = clock.now();
        failures = 0;
      }
      open = next;
      if (open.length === 0) break;
      if (clock.now() - since >= retryFor) return this.giveUp(open);
      await clock.sleep(Math.min(backoff(failures, random), this.left()), signal);
    }
  }

  /** The lines as they are sent. What cannot be sent is settled. */
  private async written(batch: readonly Batched<P>[]): Promise<Sent<P>[]> {
    const lines: Sent<P>[] = [];
    for (const { line, item } of batch) {
      try {
        lines.push({ line, item, text: `${toJson(item)}\n`, last: null });
      } catch (error) {
        await this.results.put({ line, proposal: item, round: null, error: error as QuorateError });
      }
    }
    return lines;
  }

  /** Sends these lines once, and resolves with those that have to be sent again. */
  private async send(lines: readonly Sent<P>[], waiting: () => number): Promise<Sent<P>[]> {
    const { transport, options } = this;
    if (this.left() === 0) throw deadlinePassed('unknown');
    const wait = options.wait === undefined ? undefined : Math.min(waiting(), longestWaitMs);
    const call: Call = {
      method: 'POST',
      path: '/v1/proposals',
      headers: { 'content-type': ndjson },
      text: lines.map(({ text }) => text).join(''),
      wait,
      signal: options.signal,
      deadline: this.left(),
    };
    const { bytes } = await transport.open(call, ndjson);
    const reader = new LineReader(bytes, transport.wire.clock, wait ?? 0, options.signal);
    const open = new Map(lines.map((one, i) => [i + 1, one]));
    try {
      for (let text = await reader.next(); text !== null; text = await reader.next()) {
        const answered = JSON.parse(text) as AnsweredLine;
        const sent = open.get(answered.line);
        if (sent === undefined) continue;
        const settled = this.settled(sent, answered);
        const isOver =
          settled.error === null
            ? settled.round.state !== 'WAITING' || waiting() === 0
            : !retriedStatuses.has(settled.error.status);
        if (!isOver) open.set(answered.line, { ...sent, last: settled });
        else {
          open.delete(answered.line);
          await this.results.put(settled);
        }
      }
    } finally {
      reader.cancel();
    }
    return [...open.values()];
  }

  private settled({ line, item }: Sent<P>, { status, round, problem }: AnsweredLine): SettledProposal<P> {
    const index = round?.index ?? problem?.index;
    if (index !== undefined) this.transport.reached(index);
    if (round !== undefined) return { line, proposal: item, round, error: null };
    const error = new QuorateError({ ...(problem as ProblemJson), status });
    return { line, proposal: item, round: null, error };
  }

  /** What is larger than a request may be goes by itself, so it spoils no other. */
  private async refused([sent, ...others]: readonly Sent<P>[], error: unknown): Promise<Sent<P>[]> {
    const isAlone = sent !== undefined && others.length === 0;
    if (!isAlone || !(error instanceof QuorateError) || error.code !== 'too-large') throw error;
    await this.results.put({ line: sent.line, proposal: sent.item, round: null, error });
    return [];
  }

  /** Settles what no server would take for so long. */
  private async giveUp(lines: readonly Sent<P>[]): Promise<void> {
    const url = this.transport.wire.urls.join(', ');
    const unknown = noAnswer(url, new Error('it ended its answer before all was answered'));
    for (const { line, item, last } of lines)
      await this.results.put(last ?? { line, proposal: item, round: null, error: unknown });
  }
}
