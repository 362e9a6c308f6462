import type { Socket } from 'node:net';
import { attack } from './messages.ts';
import { dial, inTurn, mostOpen, requestText } from './wire.ts';

/** Callers who ask for the largest answers there are, many at once, and never read. Each comes again when it is cut off. */

export interface UnreadOptions {
  readonly port: number;
  readonly from: readonly string[];
  readonly sockets: number;
  readonly group: string;
}

const open = new Set<Socket>();
let dialled = 0;
let over = false;

async function begin({ port, from, sockets, group }: UnreadOptions): Promise<void> {
  const requests = requestText('GET', `/v1/groups/${group}/rounds?limit=1000`).repeat(64);
  for (let i = 0; i < sockets; i += 1) caller(port, inTurn(from, i), requests);
  await mostOpen(open, sockets, 10_000);
}

function caller(port: number, from: string, requests: string): void {
  const socket = dial(port, from).pause();
  dialled += 1;
  socket.on('connect', () => {
    open.add(socket);
    socket.write(requests);
  });
  // A socket that does not read is not told either when the server closes it.
  setTimeout(() => socket.destroy(), 3000);
  socket.on('close', () => {
    open.delete(socket);
    if (!over) setTimeout(() => caller(port, from, requests), 100 + Math.random() * 400);
  });
}

await attack<UnreadOptions>({
  begin,
  end() {
    over = true;
    return { dialled, open: open.size, byStatus: {}, faults: [] };
  },
});
