import { describe, expect, test } from 'vitest';
import { QuorateError } from './errors.ts';
import { type ConnectOptions, connect } from './index.ts';

/** What a connection sends, and how it ends. */
interface Connection {
  readonly chunks: readonly string[];
  readonly end: 'closed' | 'broken' | 'silent';
}

const text = new TextEncoder();

/** A group whose event streams and rounds are these; connections are used up in turn. */
function bench(
  connections: readonly Connection[],
  rounds: readonly object[] = [],
  more: ConnectOptions = {},
) {
  const left = [...connections];
  const asked: string[] = [];
  const slept: number[] = [];
  let cancelled = 0;
  const fetch = async (input: unknown): Promise<Response> => {
    const [, server = '', path = ''] = /^http:\/\/(.)\/v1\/groups\/g(.*)$/.exec(String(input)) ?? [];
    asked.push(server === 'a' ? path : `${server} ${path}`);
    const number = /^\/rounds\/([0-9]+)/.exec(path)?.[1];
    if (number !== undefined) return Response.json(rounds[Number(number) - 1]);
    const next = left.shift();
    if (next === undefined)
      return Response.json({ code: 'group-not-found', title: 't', detail: 'd' }, { status: 404 });
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        for (const chunk of next.chunks) stream.enqueue(text.encode(chunk));
        if (next.end === 'closed') stream.close();
      },
      // Asked for more than there is: an error now, so that what was sent is read first.
      pull: (stream) => {
        if (next.end === 'broken') stream.error(new TypeError('terminated'));
      },
      cancel: () => {
        cancelled += 1;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
  };
  const clock = {
    now: () => performance.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      // The watchdog fires at once on a silent connection, and on no other.
      if (signal !== undefined) {
        if (ms !== 45_000) return new Promise<void>(() => {});
        await new Promise((resolve) => setTimeout(resolve, 20));
        return signal.throwIfAborted();
      }
      slept.push(ms);
    },
  };
  const options = { url: 'http://a', fetch: fetch as typeof globalThis.fetch, clock, random: () => 0.5 };
  const group = connect({ ...options, ...more }).group('g');
  return { group, asked, slept, cancelled: () => cancelled };
}

const event = (revision: number, type: string, round: object | null = null) =>
  `id: ${revision}\nevent: ${type}\ndata: ${JSON.stringify({ type, revision, round })}\n\n`;
const closed = (...chunks: string[]): Connection => ({ chunks, end: 'closed' });

async function gather<T>(from: AsyncIterable<T>, show: (item: T) => string): Promise<string[]> {
  const seen: string[] = [];
  try {
    for await (const item of from) seen.push(show(item));
  } catch (error) {
    seen.push(error instanceof QuorateError ? error.code : String(error));
  }
  return seen;
}

describe('events', () => {
  test('go on behind the last one over connections that end, break and fall silent', async () => {
    const half = event(3, 'proposed');
    const { group, asked, slept, cancelled } = bench([
      closed('retry: 1000\n\n', event(1, 'snapshot'), ':\n\n', event(2, 'proposed')),
      { chunks: [half.slice(0, 20), half.slice(20), event(4, 'proposed').slice(0, 15)], end: 'broken' },
      { chunks: [event(4, 'proposed')], end: 'silent' },
      closed(event(5, 'group-deleted')),
    ]);
    const seen = await gather(group.events(), ({ type, revision }) => `${revision} ${type}`);
    expect(seen).toEqual(['1 snapshot', '2 proposed', '3 proposed', '4 proposed', '5 group-deleted']);
    expect(asked).toEqual(['/events', '/events?after=2', '/events?after=3', '/events?after=4']);
    expect(slept).toEqual([50, 50, 50]);
    expect(cancelled()).toBeGreaterThanOrEqual(1);
  });

  test('back off from a server that opens streams and says nothing', async () => {
    const { group, slept } = bench([closed(), closed(), closed(), closed(event(1, 'group-deleted'))]);
    await gather(group.events(), () => '');
    expect(slept).toEqual([100, 200, 400]);
  });

  /** The last event of a server that stops, or that ends a stream for its age. */
  const goodbye = (reason: string) =>
    `event: goodbye\ndata: ${JSON.stringify({ type: 'goodbye', reason, group: 'g', revision: 9, round: null })}\n\n`;

  test('go on at once at another server when theirs says goodbye, which is no event of the group [Q6.18]', async () => {
    const { group, asked, slept } = bench(
      [
        closed(event(1, 'snapshot'), event(2, 'proposed'), goodbye('stopping')),
        closed(goodbye('stopping')),
        closed(event(3, 'proposed'), goodbye('max-age')),
        closed(goodbye('max-age')),
        closed(event(4, 'group-deleted')),
      ],
      [],
      { urls: ['http://a', 'http://b', 'http://c'], probeEvery: 0 },
    );
    const seen = await gather(group.events(), ({ type, revision }) => `${revision} ${type}`);
    expect(seen).toEqual(['1 snapshot', '2 proposed', '3 proposed', '4 group-deleted']);
    const resumed = ['b /events?after=2', 'c /events?after=2', 'c /events?after=3', 'c /events?after=3'];
    expect(asked).toEqual(['/events', ...resumed]);
    // Nothing of it counts as a failure, after which pauses would grow: this one spreads readers that come all at once.
    expect(slept).toEqual([50, 50, 50, 50]);
  });

  test('pass over what only a later server says, and keep what has an id in mind [Q6.18]', async () => {
    const later = [
      'event: load\ndata: 0.7\n\n',
      'event: news\ndata: no JSON\n\n',
      'event: void\ndata: null\n\n',
      'id: 3\nevent: group-praised\ndata: {"type":"group-praised","revision":3,"by":"ann"}\n\n',
    ];
    const connections = [closed(event(2, 'snapshot'), ...later), closed(event(4, 'group-deleted'))];
    const { group, asked } = bench(connections);
    const seen = await gather(group.events(), ({ type, revision }) => `${revision} ${type}`);
    expect(seen).toEqual(['2 snapshot', '3 group-praised', '4 group-deleted']);
    expect(asked).toEqual(['/events', '/events?after=3']);
    expect(await gather(bench(connections).group.watch(), () => 'a round')).toEqual([]);
  });

  test('after a resync they go on behind it, also where it is behind what was seen', async () => {
    const { group, asked } = bench([closed(event(9, 'proposed')), closed(event(2, 'resync')), closed()]);
    const seen = await gather(group.events({ after: 8 }), ({ type }) => type);
    expect(seen).toEqual(['proposed', 'resync', 'group-not-found']);
    expect(asked).toEqual(['/events?after=8', '/events?after=9', '/events?after=2', '/events?after=2']);
  });

  test('break ends the connection', async () => {
    const { group, cancelled } = bench([{ chunks: [event(1, 'snapshot')], end: 'silent' }]);
    for await (const { type } of group.events()) if (type === 'snapshot') break;
    expect(cancelled()).toBe(1);
  });

  test('an abort is the caller’s own reason, and ends the connection', async () => {
    const control = new AbortController();
    const { group, cancelled } = bench([{ chunks: [event(1, 'snapshot')], end: 'silent' }]);
    const seen = gather(group.events({ signal: control.signal }), ({ type }) => type);
    setTimeout(() => control.abort(new Error('enough')), 5);
    expect(await seen).toEqual(['snapshot', 'Error: enough']);
    expect(cancelled()).toBe(1);
  });

  test('end at a deadline, as code deadline', async () => {
    const { group } = bench([closed(event(1, 'snapshot')), closed(event(2, 'proposed'))], [], {
      clock: {
        now: () => performance.now(),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      },
    });
    expect((await gather(group.events({ deadline: '50ms' }), ({ type }) => type)).at(-1)).toBe('deadline');
  });

  test('what answers with a page instead of a stream is told as such', async () => {
    const fetch = async () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
    const { group } = bench([], [], { fetch: fetch as typeof globalThis.fetch });
    expect(await gather(group.events(), () => '')).toEqual(['unexpected-reply']);
  });
});

describe('watch', () => {
  const round = (number: number, state: string, revision: number) => ({
    ...{ round: number, state, revision },
    tally: state === 'WAITING' ? null : [],
  });
  const shown = ({ round, state }: { round: number; state: string }) => `${round} ${state}`;

  test('shows each outcome once, in order, also of rounds that a resync left out', async () => {
    const { group } = bench(
      [
        closed(
          event(1, 'snapshot', round(1, 'WAITING', 1)),
          event(2, 'agent-joined'),
          event(3, 'proposed', round(1, 'FAILED', 4)),
          event(4, 'round-closed', round(1, 'FAILED', 4)),
          event(5, 'round-opened', round(2, 'WAITING', 5)),
        ),
        closed(
          event(20, 'resync', round(4, 'WAITING', 20)),
          event(21, 'round-closed', round(4, 'SUCCESS', 21)),
        ),
        closed(event(22, 'group-deleted')),
      ],
      [round(1, 'FAILED', 4), round(2, 'FAILED', 9), round(3, 'FAILED', 14)],
    );
    expect(await gather(group.watch(), shown)).toEqual([
      '1 WAITING',
      '1 FAILED',
      '2 WAITING',
      '2 FAILED',
      '3 FAILED',
      '4 WAITING',
      '4 SUCCESS',
    ]);
  });

  test('reads an outcome that was too large for an event', async () => {
    const whole = { ...round(1, 'SUCCESS', 4), tally: [{ value: 7, weight: 2, agents: ['ann', 'bob'] }] };
    const { group } = bench([closed(event(4, 'round-closed', { ...whole, tally: null }))], [whole]);
    for await (const seen of group.watch()) {
      expect(seen).toEqual(whole);
      break;
    }
  });
});
