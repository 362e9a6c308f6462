import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, faultsOf, headersIn } from '../fuzz/check.ts';

/** Bare HTTP over sockets: what hostile callers speak, cheap enough to send more than a server can take. */

export function requestText(method: string, path: string, body = '', headers = ''): string {
  const length = body === '' && method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const type = body === '' ? '' : 'Content-Type: application/json\r\n';
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${length}${headers}\r\n${body}`;
}

/** A socket from one of this machine's addresses; an error only closes it. */
export function dial(port: number, from: string): net.Socket {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress: from });
  socket.on('error', () => undefined);
  return socket.setEncoding('latin1').setNoDelay(true);
}

/** The item at this place, when they are taken in turn again and again. */
export function inTurn<T>(items: readonly T[], place: number): T {
  return items[place % items.length] as T;
}

/** Resolves when nearly as many sockets as wanted are open, or after `limitMs`. */
export async function mostOpen(
  open: { readonly size: number },
  wanted: number,
  limitMs: number,
): Promise<void> {
  for (let waited = 0; open.size < wanted * 0.95 && waited < limitMs; waited += 50) await sleep(50);
}

/** Counts answers by status, and keeps what is wrong with them. */
export class Tally {
  readonly byStatus: Record<string, number> = {};
  readonly faults: string[] = [];

  count(status: number | string): void {
    this.byStatus[status] = (this.byStatus[status] ?? 0) + 1;
  }

  judge(answer: Answer): void {
    this.count(answer.status);
    for (const fault of faultsOf(answer))
      if (this.faults.length < 20) this.faults.push(`${answer.method} answered ${answer.status}: ${fault}`);
  }
}

/** Takes answers with a length out of what a socket receives; calls with each one. */
export class Answers {
  #text = '';
  readonly #call: (answer: Omit<Answer, 'method'>) => void;

  constructor(call: (answer: Omit<Answer, 'method'>) => void) {
    this.#call = call;
  }

  take(piece: string): void {
    this.#text += piece;
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const headers = headersIn(this.#text.slice(0, end).split('\r\n').slice(1));
      const whole = end + 4 + Number(headers['content-length'] ?? 0);
      if (this.#text.length < whole) return;
      const body = this.#text.slice(end + 4, whole);
      const status = Number(this.#text.slice(9, 12));
      this.#text = this.#text.slice(whole);
      this.#call({ status, headers, body });
    }
  }
}
