// @ts-nocheck
import { attack, dial, requestText, sleep } from './wire.ts';

/** Readers of events, most of which read; the rest only ask. Each comes again, with the last id it saw, when it is cut off. */

const open = new Set();
const faults = [];
const byStatus = {};
let events = 0;
let cut = 0;
let over = false;

async function begin({ port, from, streams, groups, fat, deaf }) {
  const every = Math.round(1 / deaf);
  for (let i = 0; i < streams; i += 1) {
    const isDeaf = i % every === 0;
    reader(port, from[i % from.length], isDeaf ? fat : groups[i % groups.length], isDeaf, null);
    if (i % 50 === 49) await sleep(30);
  }
  for (let waited = 0; open.size < streams * 0.95 && waited < 20_000; waited += 50) await sleep(50);
}

function reader(port, from, group, isDeaf, lastId) {
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
    socket.on('data', (piece) => {
      if (status === 0) {
        status = Number(piece.slice(9, 12));
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        if (status === 200) open.add(socket);
        else socket.destroy();
      }
      const lines = (rest + piece).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith('id: ')) continue;
        const id = Number(line.slice(4));
        // In order and none twice; the server may leave none out either, but snapshots may jump.
        if (last !== null && id <= last && faults.length < 20) faults.push(`event ${id} after ${last}`);
        last = id;
        events += 1;
      }
    });
  socket.on('close', () => {
    open.delete(socket);
    if (over) return;
    cut += 1;
    setTimeout(() => reader(port, from, group, isDeaf, last), 500 + Math.random() * 1000);
  });
}

await attack({
  begin,
  end() {
    over = true;
    return { open: open.size, events, cut, byStatus, faults };
  },
});
