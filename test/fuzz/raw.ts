import net from 'node:net';
import type { GroupJson } from '../../src/core/view/json-types.ts';
import { type RunningServer, serve } from '../../src/serve.ts';
import { ask } from '../conformance/http/ask.ts';
import { type Answer, faultsOf, headersIn } from './check.ts';
import { Chance } from './random.ts';

/** Bytes on a socket that no HTTP client would send: what comes back must be HTTP, known, and leave the server whole. */

const together = 40;
/** After this time a connection that is neither answered nor closed is a finding. */
const patienceMs = 6000;
const json = 'Content-Type: application/json';
const host = 'Host: localhost';
/** Requests that lack the rest of their head. */
const health = `GET /healthz HTTP/1.1\r\n${host}\r\n`;
const post = `POST /number HTTP/1.1\r\n${host}\r\n${json}\r\n`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

/** Each returns the bytes of one connection. `smuggled` is a request for a group that must not come to be. */
const cases: readonly ((chance: Chance, smuggled: string) => string | Buffer)[] = [
  (_, smuggled) => `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  (_, smuggled) =>
    `${post}Transfer-Encoding: chunked\r\nContent-Length: ${smuggled.length}\r\n\r\n0\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Transfer-Encoding: xchunked\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Content-Length: +${smuggled.length}\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Content-Length: 0x10\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  (_, smuggled) => `${post}X: a\n\n${smuggled}`,
  (_, smuggled) => `POST /number HTTP/1.1\r\n${host}\r\nX: a\rContent-Length: 3\r\n\r\n${smuggled}`,
  (_, smuggled) => `${health}X-Y: a\r\n b: c\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  (chance) =>
    `${chunked}${chance.pick(['zz', '-1', 'ffffffffffffffff', '5;', '0x5', '5 ', ' 5', '', '5\n'])}\r\nhello\r\n0\r\n\r\n`,
  () => `${chunked}c;${'x'.repeat(20_000)}\r\n{"number":1}\r\n0\r\n\r\n`,
  () => `${chunked}${'4\r\n    \r\n'.repeat(5000)}0\r\n\r\n`,
  (chance) => `${post}Content-Length: ${chance.pick([13, 100, 32_768, 32_769, 1e9, 1e20])}\r\n\r\n{"number":`,
  (chance) => `${health}X-Big: ${'x'.repeat(chance.pick([8000, 16_000, 17_000, 60_000]))}\r\n\r\n`,
  () => `${health}${Array.from({ length: 3000 }, (_, i) => `a${i}:`).join('\r\n')}\r\n\r\n`,
  (chance) => `GET /${'x'.repeat(chance.pick([2000, 15_000, 40_000]))} HTTP/1.1\r\n${host}\r\n\r\n`,
  (chance) =>
    `GET /healthz HTTP/${chance.pick(['1.1', '1.0', '2.0', '0.9', '9.9', '1.12', 'x'])}\r\n${host}\r\nConnection: close\r\n\r\n`,
  () => 'GET /healthz HTTP/1.1\r\n\r\n',
  () => `${health}Host: evil.example\r\n\r\n`,
  () => 'GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n',
  (_, smuggled) =>
    `GET http://evil.example/healthz HTTP/1.1\r\n${host}\r\n\r\n${smuggled.replace('localhost', 'evil.example')}`,
  () => `CONNECT evil.example:80 HTTP/1.1\r\n${host}\r\n\r\n`,
  () => `OPTIONS * HTTP/1.1\r\n${host}\r\n\r\n`,
  (chance) =>
    `${chance.pick(['get', 'G\u00e9T', 'GET\t', ' GET', 'PRI', 'M-SEARCH', 'QUERY', 'XXXX', 'SOURCE'])} /healthz HTTP/1.1\r\n${host}\r\n\r\n`,
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () =>
    `${health}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  (chance) => `${post}Expect: ${chance.pick(['100-continue', '200-ok', ''])}\r\nContent-Length: 2\r\n\r\n{}`,
  (chance) =>
    `${health}${chance.pick(['X: a\x00b', 'X\x00: a', 'X\r: a', ': a', 'X : a', 'X: \x7f', 'X: \u00e9', 'no colon', 'X: a\r\n\tb'])}\r\n\r\n`,
  (chance) =>
    `GET /v1/groups/${chance.pick(['\x01', '\x7f', '\u00e9', 'a\tb', 'a"b', 'a<b', '%', '\\'])} HTTP/1.1\r\n${host}\r\n\r\n`,
  (chance) => `${health}\r\n`.repeat(1 + chance.below(30)),
  (_, smuggled) => `${`${health}\r\n`.repeat(3)}GARBAGE\r\n\r\n${smuggled}`,
  () =>
    `PUT /v1/groups/waits/rounds/1/proposals/a1?wait=200 HTTP/1.1\r\n${host}\r\n${json}\r\nContent-Length: 11\r\n\r\n{"value":1}GARBAGE\r\n\r\n`,
  () => `GET /v1/groups/waits/rounds/1?wait=200 HTTP/1.1\r\n${host}\r\n\r\n${health}\r\n`,
  (chance) => {
    const id = chance.pick(['1', '-1', 'x', '99999999999999999999', '', '\t', '1, 2']);
    return `GET /v1/groups/waits/events${chance.pick(['', '?after=0', '?after=x', '?after=1&after=2'])} HTTP/1.1\r\n${host}\r\nLast-Event-ID: ${id}\r\n\r\n`;
  },
  () => '\r\n\r\n\r\n',
  () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  (chance) => Buffer.from(Array.from({ length: 1 + chance.below(400) }, () => chance.below(256))),
  (chance) =>
    bent(
      chance,
      `PUT /v1/groups/waits/rounds/1/proposals/b HTTP/1.1\r\n${host}\r\n${json}\r\nContent-Length: 11\r\n\r\n{"value":1}`,
    ),
  (chance) => bent(chance, `${chunked}c\r\n{"number":1}\r\n0\r\n\r\n`),
];

/** Some bytes flipped, doubled or left out. */
function bent(chance: Chance, text: string): Buffer {
  let bytes: Buffer = Buffer.from(text, 'latin1');
  for (let i = 0; i < 1 + chance.below(3); i += 1) {
    const at = chance.below(bytes.length);
    const how = chance.below(4);
    if (how === 0) bytes[at] = chance.below(256);
    else if (how === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (how === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 9), bytes.subarray(at)]);
    else bytes = bytes.subarray(0, at);
    if (bytes.length === 0) return Buffer.from(' ');
  }
  return bytes;
}

export interface RawFindings {
  readonly cases: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

/** Runs `count` cases, and calls `found` with each fault and its bytes. */
export async function fuzzRaw(
  count: number,
  seed: number,
  found: (fault: string, story: string) => void,
): Promise<RawFindings> {
  const byStatus: Record<string, number> = {};
  if (count === 0) return { cases: 0, byStatus };
  const limits = { headersTimeout: 1000, requestTimeout: 2000, checkingInterval: 200 };
  const server = await serve({ port: 0, log: 'memory:', limits });
  try {
    const rule = { electorate: { size: 1000 }, threshold: 1000 };
    const made = await ask(server.url, 'PUT', '/v1/groups/waits', { rule });
    if (made.status !== 201) throw new Error(made.story);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        const number = next;
        next += 1;
        for (const answer of await oneCase(server, new Chance(seed * 104_729 + number), number, found))
          byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: together }, worker));
    const { groups } = (await ask(server.url, 'GET', '/v1/groups?limit=1000')).as<{ groups: GroupJson[] }>();
    for (const { group } of groups)
      if (group.startsWith('smuggled')) found(`a smuggled request made group ${group}`, group);
  } finally {
    await server.stop();
  }
  return { cases: count, byStatus };
}

async function oneCase(
  server: RunningServer,
  chance: Chance,
  number: number,
  found: (fault: string, story: string) => void,
): Promise<Answer[]> {
  const make = cases[number] ?? chance.pick(cases);
  const smuggled = `PUT /v1/groups/smuggled-${number} HTTP/1.1\r\nHost: localhost\r\n${json}\r\nContent-Length: 2\r\n\r\n{}`;
  const made = make(chance, smuggled);
  const bytes = typeof made === 'string' ? Buffer.from(made, 'latin1') : made;
  const { received, late } = await exchange(server.port, bytes, chance);
  const report = (fault: string): void =>
    found(
      fault,
      `raw case ${number}: ${JSON.stringify(bytes.toString('latin1').slice(0, 400))}\n-> ${JSON.stringify(received.slice(0, 600))}`,
    );
  if (late) report('neither answered nor closed');
  const answers = answersIn(received, report);
  for (const fault of answers.flatMap(faultsOf)) report(fault);
  return answers;
}

/** Sends the bytes, in pieces or at once, with or without an end; resolves with all that comes back until it closes. */
function exchange(
  port: number,
  bytes: Buffer,
  chance: Chance,
): Promise<{ readonly received: string; readonly late: boolean }> {
  return new Promise((resolve) => {
    let received = '';
    let late = false;
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const clock = setTimeout(() => {
      late = true;
      socket.destroy();
    }, patienceMs);
    const cut = chance.odds(0.5) ? chance.below(bytes.length) : 0;
    socket.on('connect', () => {
      if (cut > 0) socket.write(bytes.subarray(0, cut));
      setTimeout(
        () => {
          if (!socket.destroyed) socket.end(bytes.subarray(cut));
        },
        cut > 0 ? 2 : 0,
      );
    });
    socket.setEncoding('latin1').on('data', (piece: string) => {
      received += piece;
    });
    // A server that has had enough may cut the line while we still write.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(clock);
      resolve({ received, late });
    });
  });
}

/** The answers in what a connection received; reports bytes that are none. */
function answersIn(received: string, report: (fault: string) => void): Answer[] {
  const answers: Answer[] = [];
  let rest = received;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [line = '', ...lines] = rest.slice(0, Math.max(end, 0)).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(line)?.[1] ?? 0);
    if (end < 0 || status === 0) {
      report(`bytes that are no reply: ${JSON.stringify(rest.slice(0, 100))}`);
      return answers;
    }
    rest = rest.slice(end + 4);
    if (status === 100) continue;
    const headers = headersIn(lines);
    if (headers['content-type']?.startsWith('text/event-stream')) {
      // It goes on to the end of the connection.
      answers.push({ method: 'GET', status, headers, body: '' });
      return answers;
    }
    const length = Number(headers['content-length'] ?? 0);
    // A cut line may leave the last body short; that is not the server's doing.
    const body = rest.slice(0, length);
    rest = rest.slice(length);
    answers.push({ method: body.length < length ? 'HEAD' : 'GET', status, headers, body });
  }
  return answers;
}
