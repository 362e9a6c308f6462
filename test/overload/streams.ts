import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { attack } from './messages.ts';
import { dial, inTurn, mostOpen, requestText, Tally } from './wire.ts';

/** Readers of events, most of which read; the rest only ask. Each comes again, with the last id it saw, when it is cut off. */

export interface StreamsOptions {
  readonly port: number;
  readonly from: readonly string[];
  readonly streams: number;
  /** What those who read ask for. */
  readonly groups: readonly string[];
  /** What those who do not read ask for: a group with large events. */
  readonly fat: string;
  /** The share of those who do not read. */
  readonly deaf: number;
}

interface Reader {
  readonly port: number;
  readonly from: string;
  readonly group: string;
  readonly isDeaf: boolean;
}

const open = new Set<Socket>();
const tally = new Tally();
let events = 0;
let cut = 0;
let over = false;

async function begin({ port, from, streams, groups, fat, deaf }: StreamsOptions): Promise<void> {
  const every = Math.round(1 / deaf);
  for (let i = 0; i < streams; i += 1) {
    const isDeaf = i % every === 0;
    read({ port, from: inTurn(from, i), group: isDeaf ? fat : inTurn(groups, i), isDeaf }, null);
    if (i % 50 === 49) await sleep(30);
  }
  await mostOpen(open, streams, 20_000);
}

/** Asks for the events after `lastId`; null: from now on. */
function read(reader: Reader, lastId: number | null): void {
  const { port, from, group, isDeaf } = reader;
  const socket = dial(port, from);
  let last = lastId;
  let rest = '';
  let status = 0;
  socket.on('connect', () => {
    const header = last === null ? '' : `Last-Event-ID: ${last}\r\n`;
    socket.write(requestText('GET', `/v1/groups/${group}/events`, '', header));
    if (isDeaf) open.add(socket);
  });
  if (!isDeaf)
    socket.on('data', (piece: string) => {
      if (status === 0) {
        status = Number(piece.slice(9, 12));
        tally.count(status);
        if (status === 200) open.add(socket);
        else socket.destroy();
      }
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('id: ')) continue;
        const id = Number(line.slice(4));
        // In order and none twice. Gaps are allowed: a snapshot stands for the events before it.
        if (last !== null && id <= last && tally.faults.length < 20)
          tally.faults.push(`event ${id} after ${last}`);
        last = id;
        events += 1;
      }
    });
  socket.on('close', () => {
    open.delete(socket);
    if (over) return;
    cut += 1;
    setTimeout(() => read(reader, last), 500 + Math.random() * 1000);
  });
}

await attack<StreamsOptions>({
  begin,
  end() {
    over = true;
    return { open: open.size, events, cut, byStatus: tally.byStatus, faults: tally.faults };
  },
});
