import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { attack } from './messages.ts';
import { Answers, dial, inTurn, mostOpen, requestText, Tally } from './wire.ts';

/**
 * Sockets that drip headers or bodies, or ask for much and read nothing. Each comes again when it is closed, so that there are
 * always as many.
 */

export interface SlowOptions {
  readonly port: number;
  readonly from: readonly string[];
  readonly sockets: number;
}

interface Kind {
  /** What it sends at once. */
  readonly first: string;
  /** Whether it goes on with a byte now and then, and reads. */
  readonly drips: boolean;
}

const tally = new Tally();
const open = new Map<Socket, Kind>();
let over = false;
let dialled = 0;

const head = { first: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', drips: true };
const body = { first: requestText('POST', '/number', 'x'.repeat(9999)).slice(0, -9999), drips: true };
const greed = { first: requestText('GET', '/openapi.json').repeat(20), drips: false };
const kinds = [head, body, head, body, head, body, head, body, head, greed];

async function begin({ port, from, sockets }: SlowOptions): Promise<void> {
  for (let i = 0; i < sockets; i += 1) {
    caller(port, inTurn(from, i), inTurn(kinds, Math.floor(i / from.length)));
    if (i % 50 === 49) await sleep(10);
  }
  setInterval(drip, 500);
  await mostOpen(open, sockets, 10_000);
}

function caller(port: number, from: string, kind: Kind): void {
  const socket = dial(port, from);
  dialled += 1;
  const answers = new Answers((answer) => tally.judge({ method: 'GET', ...answer }));
  socket.on('connect', () => {
    open.set(socket, kind);
    socket.write(kind.first);
  });
  if (kind.drips) socket.on('data', (piece: string) => answers.take(piece));
  // A socket that does not read is not told either when the server closes it.
  else setTimeout(() => socket.destroy(), 5000);
  socket.on('close', () => {
    open.delete(socket);
    if (!over) setTimeout(() => caller(port, from, kind), 100 + Math.random() * 400);
  });
}

function drip(): void {
  for (const [socket, { drips }] of open) if (drips && socket.writable) socket.write('x');
}

await attack<SlowOptions>({
  begin,
  end() {
    over = true;
    return { dialled, open: open.size, byStatus: tally.byStatus, faults: tally.faults };
  },
});
