import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientError, QuorateError } from '../../client/errors.ts';
import type { FeedMessage, FeedScope, Scope } from '../feed.ts';
import { Hub } from './hub.ts';
import type { News } from './messages.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection that the hub has opened, and the server's side of it. */
interface Connection {
  readonly scope: FeedScope;
  readonly seen: number | null;
  readonly signal: AbortSignal;
  /** Says this, and waits until the hub has passed it on. */
  send(...messages: FeedMessage[]): Promise<void>;
  end(error?: Error): Promise<void>;
}

const refused = (status: number, code: string): QuorateError =>
  new QuorateError({ code, status, title: code, detail: code, fix: '-', outcome: 'not-executed' });

/** A hub, the server that it reaches, and what it has said. `absent` are groups that the server refuses. */
function set(absent: readonly string[] = []) {
  const connections: Connection[] = [];
  const news: News[] = [];
  const open = (scope: FeedScope, seen: number | null, signal: AbortSignal): AsyncIterable<FeedMessage> => {
    const queue: (FeedMessage | { readonly end: Error | null })[] = [];
    let wake = (): void => {};
    const put = async (...messages: typeof queue): Promise<void> => {
      queue.push(...messages);
      wake();
      await vi.advanceTimersByTimeAsync(0);
    };
    connections.push({
      ...{ scope, seen, signal, send: (...messages) => put(...messages) },
      end: (error) => put({ end: error ?? null }),
    });
    return (async function* () {
      for (;;) {
        for (const one of queue.splice(0)) {
          if (!('end' in one)) yield one;
          else if (one.end === null) return;
          else throw one.end;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    })();
  };
  const check = (group: string) =>
    Promise.resolve(absent.includes(group) ? refused(404, 'group-not-found') : null);
  const hub = new Hub({ feed: open, check, say: (one) => void news.push(one) });
  return {
    hub,
    connections,
    /** The newest connection, once followers that asked together have one. */
    connected: async (): Promise<Connection> => {
      await vi.advanceTimersByTimeAsync(50);
      return connections.at(-1) as Connection;
    },
    follow: (from: string, groups: Scope, seen: number | null = null, isDoubtful = false) =>
      hub.hear({ say: 'follow', from, groups, seen, isDoubtful }),
    /** What has been said since the last call: to whom, and what. */
    said: () =>
      news.splice(0).map((one) => `${one.to ?? 'all'} ${one.say === 'feed' ? one.message.kind : one.say}`),
  };
}

const start = (index: number): FeedMessage[] => [
  { kind: 'open' },
  { kind: 'start', index },
  { kind: 'reached', index },
];
const event = (group: string, index: number): FeedMessage[] => [
  { kind: 'event', event: { group, index } as never },
  { kind: 'reached', index },
];

test('followers that come together get one connection, about the groups of all', async () => {
  const { follow, connected, connections, said } = set();
  follow('one', ['a', 'b']);
  follow('two', ['b', 'c']);
  const connection = await connected();
  expect(connections.length).toBe(1);
  expect(connection).toMatchObject({ scope: { names: ['a', 'b', 'c'], isAll: false }, seen: null });
  await connection.send(...start(7), ...event('b', 8));
  expect(said()).toEqual([
    ...['one goes-on', 'two goes-on', 'one open', 'two open'],
    ...['all start', 'all reached', 'all event', 'all reached'],
  ]);
});

test('who asks for what is followed already begins where the stream is, without a connection', async () => {
  const { follow, connected, connections, said } = set();
  follow('one', ['a', 'b']);
  await (await connected()).send(...start(7), ...event('b', 8));
  said();
  follow('two', ['b']);
  follow('three', ['a'], 8);
  await connected();
  expect(said()).toEqual([
    ...['two goes-on', 'two open', 'two start', 'two reached', 'three goes-on', 'three open'],
  ]);
  expect(connections.length).toBe(1);
});

test('who asks for another group makes it begin anew from where it was: nobody else reads again', async () => {
  const { follow, connected, connections, said } = set();
  follow('one', ['a']);
  await (await connected()).send(...start(7), ...event('a', 8));
  said();
  follow('two', ['b']);
  const next = await connected();
  expect(connections[0]?.signal.aborted).toBe(true);
  expect(next).toMatchObject({ scope: { names: ['a', 'b'] }, seen: 8 });
  await next.send({ kind: 'open' }, ...event('a', 9));
  expect(said()).toEqual([
    ...['two goes-on', 'one open', 'two open', 'two start', 'two reached'],
    ...['all event', 'all reached'],
  ]);
});

test('who has seen less than the others, as after the leader has changed, is told what it missed', async () => {
  const { follow, connected } = set();
  follow('one', ['a'], 20);
  follow('two', ['a'], 12);
  expect((await connected()).seen).toBe(12);
  const other = set();
  other.follow('one', ['a'], 20);
  await (await other.connected()).send({ kind: 'open' });
  other.follow('two', ['a'], 12);
  expect((await other.connected()).seen).toBe(12);
  other.follow('three', ['a'], 12, true);
  expect((await other.connected()).seen).toBe(12);
  expect(other.connections.length, 'a doubtful connection is replaced').toBe(3);
});

test('what nobody follows any more is left out after a while; without followers there is no connection', async () => {
  const { hub, follow, connected, connections } = set();
  follow('list', null);
  follow('one', ['a']);
  const both = await connected();
  expect(both.scope).toEqual({ names: ['a'], isAll: true });
  await both.send(...start(7));
  hub.hear({ say: 'leave', from: 'list' });
  await connected();
  expect(connections.length).toBe(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(connections[1]).toMatchObject({ scope: { names: ['a'], isAll: false }, seen: 7 });
  hub.hear({ say: 'leave', from: 'one' });
  expect(connections[1]?.signal.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections.length).toBe(2);
});

test('beyond a hundred groups it is about all', async () => {
  const { follow, connected } = set();
  for (let i = 0; i < 101; i += 1) follow(`tab ${i}`, [`group-${i}`]);
  const { scope } = await connected();
  expect([scope.isAll, scope.names.length]).toEqual([true, 100]);
});

test('when the connection ends, all are told and ask again: the hub tries nothing by itself', async () => {
  for (const error of [undefined, clientError('unreachable', 'no answer')]) {
    const { hub, follow, connected, connections, said } = set();
    follow('one', ['a']);
    const connection = await connected();
    await connection.send(...start(7));
    said();
    await connection.end(error);
    expect(said()).toEqual(['all ended']);
    hub.hear({ say: 'here', from: 'one' });
    expect(said()).toEqual(['one ended']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(connections.length).toBe(1);
  }
});

test('a group that is refused is refused to those who asked for it; the others go on', async () => {
  const { follow, connected, said } = set(['gone']);
  follow('one', ['a']);
  follow('two', ['a', 'gone']);
  await (await connected()).end(refused(404, 'group-not-found'));
  expect(said()).toContain('two refused');
  expect((await connected()).scope.names).toEqual(['a']);
});

test('who may not follow all groups is told; who follows some goes on', async () => {
  const { follow, connected, said } = set();
  follow('list', null);
  follow('one', ['a']);
  await (await connected()).end(refused(401, 'token-required'));
  expect(said().filter((one) => one.endsWith('refused'))).toEqual(['list refused']);
  expect((await connected()).scope).toEqual({ names: ['a'], isAll: false });
});

test('a refusal that is true of no group any more is asked about again', async () => {
  const { follow, connected, said } = set();
  follow('one', ['a']);
  follow('two', ['b']);
  await (await connected()).end(refused(404, 'group-not-found'));
  expect(said().at(-1)).toBe('all ended');
});

test('who gives no sign of life for minutes is forgotten', async () => {
  const { hub, follow, connected, connections } = set();
  follow('one', ['a']);
  follow('two', ['b']);
  await (await connected()).send(...start(7));
  for (let minute = 0; minute < 4; minute += 1) {
    await vi.advanceTimersByTimeAsync(60_000);
    hub.hear({ say: 'here', from: 'one' });
  }
  await vi.advanceTimersByTimeAsync(6000);
  expect(connections.at(-1)?.scope.names).toEqual(['a']);
});
