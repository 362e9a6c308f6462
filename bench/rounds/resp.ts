import { Connection } from './connection.ts';

/** A connection that speaks Redis' protocol. */
export class RespConnection {
  readonly #connection: Connection;

  constructor(url: string) {
    this.#connection = new Connection(url, endOfReply);
  }

  /** The reply as it was sent; throws when it is an error. */
  async ask(...words: readonly string[]): Promise<string> {
    const lines = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    const reply = (await this.#connection.ask(`*${words.length}\r\n${lines.join('')}`)).toString();
    if (reply.startsWith('-')) throw new Error(`Redis refused ${words[0]}: ${reply}`);
    return reply;
  }

  /** The next message of a channel, as it was sent. */
  async next(): Promise<string> {
    return (await this.#connection.next()).toString();
  }

  close(): void {
    this.#connection.close();
  }
}

/** Where the reply that begins at `from` ends; 0 when it is not complete. */
function endOfReply(received: Buffer, from = 0): number {
  const lineEnds = received.indexOf('\r\n', from);
  if (lineEnds < 0) return 0;
  const kind = String.fromCharCode(received[from] ?? 0);
  const number = Number(received.toString('latin1', from + 1, lineEnds));
  let end = lineEnds + 2;
  if (kind === '$')
    return number < 0 || end + number + 2 <= received.length ? end + Math.max(number + 2, 0) : 0;
  if (kind !== '*') return end;
  for (let part = 0; part < number && end > 0; part += 1) end = endOfReply(received, end);
  return end;
}
