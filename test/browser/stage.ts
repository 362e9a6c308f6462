import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Server, startServer } from '../harness/server.ts';
import { type Looks, lanHost, openChromium, Visitor } from './chromium.ts';

/** What a suite in the browser stands on: one server and one Chromium, and a new visitor for whoever comes. */
export interface Stage {
  readonly server: Server;
  /** Starts the server again on its port, after it was killed. */
  again(): Promise<void>;
  arrive(looks?: Looks): Promise<Visitor>;
}

/** Sets the stage before the tests of this file and clears it behind them. Visitors leave after each test. */
export function stage(
  args: readonly string[] = ['--log', 'memory:'],
  env: Readonly<Record<string, string>> = {},
): Stage {
  const visitors: Visitor[] = [];
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    server = await startServer([...args, '--allow-host', lanHost], 0, env);
    browser = await openChromium();
  });
  afterEach(async () => {
    for (const visitor of visitors.splice(0)) await visitor.leave();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  return {
    get server() {
      return server;
    },
    async again() {
      server = await server.again();
    },
    async arrive(looks) {
      const visitor = await Visitor.arrive(browser, server.url, looks);
      visitors.push(visitor);
      return visitor;
    },
  };
}
