// @ts-nocheck
import { Answers, attack, dial, requestText, sleep, Tally } from './wire.ts';

/** One tenant sends a multiple of the requests that it may: votes, large lists, bodies that are too large or too deep. */

const tally = new Tally();
let offered = 0;
let over = false;

async function begin({ port, from, perSecond, sockets }) {
  const kinds = [
    (n) => ['PUT', `/v1/groups/flooded/rounds/1/proposals/f${n}`, '{"value":1}'],
    () => ['GET', '/v1/groups/flooded/rounds?limit=100', ''],
    (n) => ['PUT', `/v1/groups/flooded/rounds/1/proposals/g${n}`, `{"value":${'['.repeat(4000)}`],
    () => ['POST', '/number', `{"number":"${'9'.repeat(17_000)}"}`],
    () => ['GET', '/nothing/of/the/kind', ''],
    (n) => ['PUT', `/v1/groups/flooded/rounds/1/proposals/h${n}?wait=1s`, '{"value":2}'],
  ];
  let number = 0;
  const next = () => {
    number += 1;
    return kinds[number % kinds.length](number);
  };
  const callers = Array.from({ length: sockets }, () => caller(port, from, next));
  pace(callers, perSecond);
  await sleep(500);
}

/** One request after the other, over a socket that is made again when the server closes it. */
function caller(port, from, next) {
  let socket = null;
  let owed = 0;
  let method = '';
  const send = () => {
    if (owed === 0 || socket?.busy) return;
    socket ??= open();
    owed -= 1;
    const [verb, path, body] = next();
    method = verb;
    socket.busy = true;
    offered += 1;
    socket.write(requestText(verb, path, body));
  };
  const open = () => {
    const fresh = dial(port, from);
    const answers = new Answers((answer) => {
      tally.judge(method, answer);
      fresh.busy = false;
      send();
    });
    fresh.on('data', (piece) => answers.take(piece));
    fresh.on('close', () => {
      if (fresh.busy) tally.count('cut');
      socket = null;
      if (!over) send();
    });
    return fresh;
  };
  return (count) => {
    owed = Math.min(owed + count, 200);
    send();
  };
}

function pace(callers, perSecond) {
  const began = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    for (; sent < due; sent += 1) callers[sent % callers.length](1);
  }, 5);
}

await attack({
  begin,
  end() {
    over = true;
    return { offered, byStatus: tally.byStatus, faults: tally.faults };
  },
});
