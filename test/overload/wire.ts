// @ts-nocheck
import net from 'node:net';
import { faultsOf } from '../fuzz/check.ts';

/** Bare HTTP over sockets: what hostile callers speak, cheap enough to send more than a server can take. */

/** ms of the machine's own clock, the same in every process. */
export const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function requestText(method, path, body = '', headers = '') {
  const length = body === '' && method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const type = body === '' ? '' : 'Content-Type: application/json\r\n';
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${length}${headers}\r\n${body}`;
}

/** A socket from one of this machine's addresses; errors end it, and nobody else. */
export function dial(port, from) {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress: from });
  socket.on('error', () => undefined);
  return socket.setEncoding('latin1').setNoDelay(true);
}

/** Takes answers with a length out of what a socket says; calls with each one. */
export class Answers {
  #text = '';
  #told;

  constructor(told) {
    this.#told = told;
  }

  take(piece) {
    this.#text += piece;
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const headers = headersIn(this.#text.slice(0, end));
      const whole = end + 4 + Number(headers['content-length'] ?? 0);
      if (this.#text.length < whole) return;
      const body = this.#text.slice(end + 4, whole);
      const status = Number(this.#text.slice(9, 12));
      this.#text = this.#text.slice(whole);
      this.#told({ status, headers, body });
    }
  }
}

function headersIn(head) {
  const headers = {};
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(': ');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
  }
  return headers;
}

/** Answers by status, and what is wrong with them. */
export class Tally {
  byStatus = {};
  faults = [];

  count(status) {
    this.byStatus[status] = (this.byStatus[status] ?? 0) + 1;
  }

  judge(method, { status, headers, body }) {
    this.count(status);
    for (const fault of faultsOf({ method, status, headers, body }))
      if (this.faults.length < 20) this.faults.push(`${method} answered ${status}: ${fault}`);
  }
}

/** What main.js and an attacker's process say to one another: `ready` when it is at full strength, then `stop`. */
export async function attack({ begin, end }) {
  const options = JSON.parse(process.argv[2]);
  process.on('disconnect', () => process.exit(0));
  await begin(options);
  process.send('ready');
  await new Promise((resolve) => process.once('message', resolve));
  process.send(end());
}
