import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A proxy that passes each request on and loses every second reply: what was asked has happened, and nobody is told. Every
 * call of the SDK must come to the same end through it as without it.
 */
export async function lossyProxy(target: string): Promise<{ readonly server: Server; readonly url: string }> {
  let replies = 0;
  const server = createServer((asked, reply) => {
    const passed = request(target + asked.url, { method: asked.method as string, headers: asked.headers });
    passed.on('response', (answer: IncomingMessage) => {
      replies += 1;
      const lost = replies % 2 === 1;
      if (!lost) reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => (lost ? undefined : reply.write(chunk)));
      answer.on('end', () => (lost ? asked.socket.destroy() : reply.end()));
      // A stream has no end to wait for.
      if (lost && answer.headers['content-type']?.startsWith('text/event-stream')) asked.socket.destroy();
    });
    passed.on('error', () => asked.socket.destroy());
    reply.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
