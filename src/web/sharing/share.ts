import type { Transport } from '../../client/transport.ts';
import type { FeedMessage } from '../feed.ts';
import { type Following, followOn } from './follower.ts';
import type { Leader } from './lead.ts';
import { channelOf, freshId, type Place, type Said } from './messages.ts';
import workerUrl from './stream-worker.ts?sharedworker&url';
import { union } from './union.ts';

/** How long those who would lead listen for others who would, ms. */
const standMs = 150;
/** So many calls without an answer mean that there is no worker: about two seconds. */
const mostCalls = 8;

/**
 * The stream as this page's token sees it, shared with all pages of this browser that have the same one: a SharedWorker has it, or one
 * of the pages where there is none. In a browser without channels each page has its own.
 */
export function sharedFeed(transport: Transport, following: Following): AsyncGenerator<FeedMessage> {
  if (typeof BroadcastChannel === 'undefined') return ownFeed(transport, following);
  const place = { url: transport.wire.urls[0] as string, token: transport.token };
  return followOn(channelOf(place, workerUrl), following, (times) => {
    if (times < mostCalls && worker.call(place)) return;
    // Whoever leads already is given time to say so.
    if (times > 0) candidate.stand(place);
  });
}

async function* ownFeed(
  transport: Transport,
  { groups, seen, signal }: Following,
): AsyncGenerator<FeedMessage> {
  const { feed } = await import('../feed.ts');
  yield* feed(transport, union([groups]), seen, signal);
}

/** The SharedWorker, as this page sees it. */
const worker = {
  started: undefined as SharedWorker | null | undefined,
  /** Asks it to lead; returns whether there is one. */
  call(place: Place): boolean {
    if (this.started === undefined) this.started = this.start();
    this.started?.port.postMessage({ ...place, build: workerUrl });
    return this.started !== null;
  },
  start(): SharedWorker | null {
    try {
      const made = new SharedWorker(workerUrl, { type: 'module' });
      made.onerror = () => {
        this.started = null;
      };
      return made;
    } catch {
      return null;
    }
  },
};

/** This page, where there is no worker; only then what it takes is loaded. */
const candidate = {
  id: freshId(),
  /** What it leads, by channel. */
  leads: new Map<string, Leader>(),
  /** Leads unless somebody does, or somebody with a lower id would. */
  stand(place: Place): void {
    const name = channelOf(place, workerUrl);
    const channel = new BroadcastChannel(name);
    let isBeaten = false;
    channel.onmessage = ({ data }: MessageEvent<Said>) => {
      isBeaten ||= data.say === 'leads' || (data.say === 'stands' && data.id < this.id);
    };
    channel.postMessage({ say: 'stands', id: this.id } satisfies Said);
    const loading = import('./lead.ts').catch(() => null);
    const decide = async (): Promise<void> => {
      const parts = await loading;
      channel.close();
      // Without an answer whoever follows asks again.
      if (parts === null || isBeaten || this.leads.get(name)?.isOver() === false) return;
      this.leads.set(name, parts.lead(name, this.id, parts.reaching(place, workerUrl)));
    };
    setTimeout(() => void decide(), standMs);
  },
};

addEventListener('pagehide', () => {
  for (const leader of candidate.leads.values()) leader.stop();
  candidate.leads.clear();
});
