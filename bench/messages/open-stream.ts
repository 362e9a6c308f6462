import { connect } from 'node:net';

/** A connection on which the server sends of its own accord. */
export interface Listening {
  close(): void;
}

/** Takes what the server sends, as it comes; `write` sends something back. */
export type Hear = (chunk: string, write: (text: string) => void) => void;

/**
 * Connects, asks, and resolves when the server has answered with `ready`; everything behind that is given to `hear`. Calls `ended` when
 * the server ends it afterwards.
 */
export function openStream(
  url: string,
  question: string,
  ready: string,
  hear: Hear,
  ended = (): void => {},
): Promise<Listening> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const write = (text: string): void => void socket.write(text);
  socket.setEncoding('latin1');
  write(question);
  return new Promise((resolve, reject) => {
    let answer: string | null = '';
    socket.on('error', reject);
    socket.on('close', () => {
      if (answer === null) ended();
      else reject(new Error(`the server ended a stream after: ${answer}`));
    });
    socket.on('data', (chunk: string) => {
      if (answer === null) return hear(chunk, write);
      answer += chunk;
      const at = answer.indexOf(ready);
      if (at < 0) return;
      resolve({ close: () => void socket.removeAllListeners('close').destroy() });
      hear(answer.slice(at + ready.length), write);
      answer = null;
    });
  });
}
