import { afterEach } from 'vitest';
import { type AppOptions, EventReader, type RunningApp, startApp } from './app.ts';
import { Talk } from './talk.ts';

/** Servers with a group that talks, and readers of its stream; each ends with the test that began it. */

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function started(options: AppOptions = {}): Promise<RunningApp> {
  const running = await startApp(options);
  stops.push(() => running.stop());
  return running;
}

export async function talking(
  agents: readonly string[] = ['ann', 'bob'],
  more: object = {},
  options: AppOptions = {},
): Promise<{ running: RunningApp; talk: Talk }> {
  const running = await started(options);
  const talk = new Talk(running);
  await talk.begin(agents, more);
  return { running, talk };
}

export function listen(
  running: RunningApp,
  path: string,
  headers: Record<string, string> = {},
  reads = true,
): EventReader {
  const reader = new EventReader(running.url + path, headers, reads);
  stops.push(() => reader.hangUp());
  return reader;
}
