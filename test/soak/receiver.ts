import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A receiver of webhooks that fails now and then: with a status, or by hanging up. It remembers which rounds of which group it was
 * told of, until it is told to forget the group.
 */
export async function startReceiver(random: () => number) {
  const heard = new Map<string, Set<number>>();
  const failed = new Set<string>();
  const counts = { attempts: 0, failed: 0 };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      counts.attempts += 1;
      const id = String(request.headers['webhook-id']);
      // Each delivery at most once, so that the next attempt, after 5 s, is the last.
      if (random() < 0.1 && !failed.has(id)) {
        counts.failed += 1;
        failed.add(id);
        if (failed.size > 1000) failed.delete([...failed][0] as string);
        if (random() < 0.5) request.socket.destroy();
        else response.writeHead(500).end();
        return;
      }
      const { data } = JSON.parse(Buffer.concat(pieces).toString()) as {
        data: { group: string; round: number };
      };
      heard.get(data.group)?.add(data.round);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    counts,
    url: `http://${host}/hook`,
    expect: (group: string): void => void heard.set(group, new Set()),
    has: (group: string, round: number): boolean => heard.get(group)?.has(round) === true,
    forget: (group: string): void => void heard.delete(group),
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

export type SoakReceiver = Awaited<ReturnType<typeof startReceiver>>;
