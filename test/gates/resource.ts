import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a command asks of the resource: to begin, to write each half of a release, and to note that it ends. */
export type Act = 'begin' | 'first' | 'last' | 'end';

/** One request of a command. */
export interface Write {
  readonly decision: string;
  readonly act: Act;
  readonly fence: number;
  readonly holder: string;
  readonly pid: number;
}

/** What came of it: `there` when this decision is released already. */
export type Verdict = 'accepted' | 'there' | 'refused';

/** Told of a request before it counts, and of what came of it before the command hears. Each may hold it back. */
export interface WriteHooks {
  asked(write: Write): Promise<void>;
  answered(write: Write, verdict: Verdict): Promise<void>;
}

/** What is acted on: releases, each written in two halves. Keeps the highest fence it has seen and refuses a lower one. */
class Store {
  private readonly highest = new Map<string, number>();
  private readonly released = new Set<string>();
  private readonly checks: boolean;

  constructor(checks: boolean) {
    this.checks = checks;
  }

  take({ decision, act, fence }: Write): Verdict {
    if (!this.checks) return 'accepted';
    if (fence < (this.highest.get(decision) ?? 0)) return 'refused';
    this.highest.set(decision, fence);
    if (this.released.has(decision)) return 'there';
    if (act === 'last') this.released.add(decision);
    return 'accepted';
  }
}

/** The resource over HTTP. With `checks` false it takes everything, as one that knows no fences. */
export async function startResource(checks: boolean) {
  const store = new Store(checks);
  const hooks = new Map<string, WriteHooks>();
  const answer = async (body: string, response: ServerResponse): Promise<void> => {
    const write = JSON.parse(body) as Write;
    const own = hooks.get(write.decision);
    await own?.asked(write);
    // A request that is under way arrives, whatever has become of its sender.
    const verdict = store.take(write);
    await own?.answered(write, verdict);
    response.end(JSON.stringify(verdict));
  };
  const server = createServer((request, response) => {
    text(request)
      .then((body) => answer(body, response))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Has these hooks told of what concerns this decision. */
    watch: (decision: string, own: WriteHooks): void => void hooks.set(decision, own),
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}
