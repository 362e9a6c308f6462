// @ts-nocheck
import { Answers, attack, dial, requestText, sleep, Tally } from './wire.ts';

/**
 * Sockets that drip headers or bodies, or ask for much and read nothing. Each comes again when it is closed, so that there are
 * always as many.
 */

const tally = new Tally();
const open = new Set();
let over = false;
let dialled = 0;

const head = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ';
const body = requestText('POST', '/number', 'x'.repeat(9999)).slice(0, -9999);
const greed = requestText('GET', '/openapi.json').repeat(20);
const drips = [
  { first: head, drips: true },
  { first: body, drips: true },
];
const kinds = [...drips, ...drips, ...drips, ...drips, drips[0], { first: greed, drips: false }];

async function begin({ port, from, sockets }) {
  for (let i = 0; i < sockets; i += 1) {
    caller(port, from[i % from.length], kinds[Math.floor(i / from.length) % kinds.length]);
    if (i % 50 === 49) await sleep(10);
  }
  setInterval(drip, 500);
  for (let waited = 0; open.size < sockets * 0.95 && waited < 10_000; waited += 50) await sleep(50);
}

function caller(port, from, kind) {
  const socket = dial(port, from);
  dialled += 1;
  const answers = new Answers((answer) => tally.judge('GET', answer));
  socket.on('connect', () => {
    open.add(socket);
    socket.drips = kind.drips;
    socket.write(kind.first);
  });
  if (kind.drips) socket.on('data', (piece) => answers.take(piece));
  // Who does not read does not hear of the end either.
  else setTimeout(() => socket.destroy(), 5000);
  socket.on('close', () => {
    open.delete(socket);
    if (!over) setTimeout(() => caller(port, from, kind), 100 + Math.random() * 400);
  });
}

function drip() {
  for (const socket of open) if (socket.drips && socket.writable) socket.write('x');
}

await attack({
  begin,
  end() {
    over = true;
    return { dialled, open: open.size, byStatus: tally.byStatus, faults: tally.faults };
  },
});
