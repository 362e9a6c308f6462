import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { attack } from './messages.ts';
import { Answers, dial, inTurn, requestText, Tally } from './wire.ts';

/** One tenant sends a multiple of the requests that it may: votes, large lists, bodies that are too large or too deep. */

export interface FloodOptions {
  readonly port: number;
  readonly from: string;
  readonly perSecond: number;
  readonly sockets: number;
}

type Next = () => readonly [method: string, path: string, body: string];

const tally = new Tally();
let offered = 0;
let over = false;

async function begin({ port, from, perSecond, sockets }: FloodOptions): Promise<void> {
  const kinds: readonly ((n: number) => ReturnType<Next>)[] = [
    (n) => ['PUT', `/v1/groups/flooded/rounds/1/proposals/f${n}`, '{"value":1}'],
    () => ['GET', '/v1/groups/flooded/rounds?limit=100', ''],
    (n) => ['PUT', `/v1/groups/flooded/rounds/1/proposals/g${n}`, `{"value":${'['.repeat(4000)}`],
    () => ['POST', '/number', `{"number":"${'9'.repeat(17_000)}"}`],
    () => ['GET', '/nothing/of/the/kind', ''],
    (n) => ['PUT', `/v1/groups/flooded/rounds/1/proposals/h${n}?wait=1s`, '{"value":2}'],
  ];
  let number = 0;
  const next: Next = () => {
    number += 1;
    return inTurn(kinds, number)(number);
  };
  const callers = Array.from({ length: sockets }, () => caller(port, from, next));
  pace(callers, perSecond);
  await sleep(500);
}

/**
 * A caller who sends one request after the other, over a socket that is made again when the server closes it. The result
 * asks it for one request more.
 */
function caller(port: number, from: string, next: Next): () => void {
  let socket: Socket | null = null;
  let busy = false;
  let owed = 0;
  let method = '';
  const send = (): void => {
    if (owed === 0 || busy) return;
    socket ??= open();
    owed -= 1;
    const [verb, path, body] = next();
    method = verb;
    busy = true;
    offered += 1;
    socket.write(requestText(verb, path, body));
  };
  const open = (): Socket => {
    const fresh = dial(port, from);
    const answers = new Answers((answer) => {
      tally.judge({ method, ...answer });
      busy = false;
      send();
    });
    fresh.on('data', (piece: string) => answers.take(piece));
    fresh.on('close', () => {
      if (busy) tally.count('cut');
      busy = false;
      socket = null;
      if (!over) send();
    });
    return fresh;
  };
  return () => {
    owed = Math.min(owed + 1, 200);
    send();
  };
}

function pace(callers: readonly (() => void)[], perSecond: number): void {
  const began = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; sent < due; sent += 1) inTurn(callers, sent)();
  }, 5);
}

await attack<FloodOptions>({
  begin,
  end() {
    over = true;
    return { offered, byStatus: tally.byStatus, faults: tally.faults };
  },
});
