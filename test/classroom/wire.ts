import { type Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One HTTP exchange as the plainest client makes it. Rejects when the connection breaks or after 30 s. */
export function exchange(
  agent: Agent,
  base: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const typed = body === undefined ? {} : { 'content-type': 'application/json' };
    const sized = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const req = request(
      base + path,
      { agent, method, headers: { ...typed, ...sized, ...headers } },
      (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk: string) => {
          text += chunk;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text }));
        res.on('error', reject);
        res.on('aborted', () => reject(new Error('the connection broke in the middle of an answer')));
      },
    );
    req.setTimeout(30_000, () => req.destroy(new Error(`no answer to ${method} ${path} within 30 s`)));
    req.on('error', reject);
    req.end(body);
  });
}
