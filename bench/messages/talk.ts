import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestant.ts';
import { figureOf } from '../figure.ts';
import { withCpu } from '../servers/cpu.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import { Transcript } from './transcript.ts';

/** A server through which publishers talk to listeners. */
export interface Medium {
  readonly server: ServerProcess;
  publisher(number: number): Promise<Publisher>;
  /** Resolves when it will hear whatever is said from now on. `hear` is given what the server sends. */
  listener(number: number, hear: (chunk: string) => void): Promise<Connected>;
  stop(): Promise<void>;
}

interface Connected {
  close(): void;
}

interface Publisher extends Connected {
  /** Resolves when the server has answered that the message is kept. The text needs no escapes in JSON. */
  say(text: string): Promise<void>;
}

export interface Size {
  readonly publishers: number;
  readonly listeners: number;
}

const warmUpSeconds = 1;
/** Publishers wait while so many messages are not heard by all: no server keeps more than 1,000 for those who are behind. */
const ahead = 500;
const patienceMs = 20_000;

/**
 * Each publisher says one message after the other, each when the one before is answered. The rate is of messages said and heard by all
 * listeners, the times are from sent to heard by all. What any listener hears twice, too late or never fails the slice.
 */
export async function talk(medium: Medium, { publishers: p, listeners: l }: Size): Promise<Contestant> {
  const transcript = new Transcript(p, l);
  const listeners: Connected[] = [];
  for (let number = 0; number < l; number += 1)
    listeners.push(await medium.listener(number, (chunk) => transcript.hear(number, chunk)));
  const publishers: Publisher[] = [];
  for (let number = 0; number < p; number += 1) publishers.push(await medium.publisher(number));

  async function sayAll(seconds: number): Promise<void> {
    const ends = performance.now() + seconds * 1000;
    await Promise.all(
      publishers.map(async (publisher, number) => {
        while (performance.now() < ends && transcript.fault === null) {
          await publisher.say(transcript.next(number));
          await transcript.atMost(ahead);
        }
      }),
    );
    await transcript.atMost(0);
  }

  async function slice(seconds: number) {
    return await withCpu([medium.server], async () => {
      transcript.times = [];
      const begun = performance.now();
      const waited = new AbortController();
      const patience = sleep(seconds * 1000 + patienceMs, 'late', { signal: waited.signal });
      const late = await Promise.race([sayAll(seconds), patience]).finally(() => waited.abort());
      if (late !== undefined) throw new Error(`${transcript.unheard} messages were not heard by all`);
      if (transcript.fault !== null) throw new Error(transcript.fault);
      const figure = figureOf(transcript.times, (performance.now() - begun) / 1000);
      return { figure, requests: transcript.times.length };
    });
  }

  await slice(warmUpSeconds);
  return {
    server: medium.server,
    slice,
    stop() {
      for (const connected of [...publishers, ...listeners]) connected.close();
      return medium.stop();
    },
  };
}
