import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { HeldSeats } from './held-seats.ts';
import { toolServer } from './server.ts';

/** Serves the tools on standard input and output until the caller closes them or `signal` aborts; then gives up its seats. */
export async function serveOnStdio(seats: HeldSeats, signal: AbortSignal): Promise<void> {
  const { stdin } = process;
  const ended = new Promise<void>((resolve) => {
    stdin.once('end', resolve);
    stdin.once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const serving = serveStdio(() => toolServer(seats));
  await ended;
  await serving.close();
  await seats.leave();
}
