import { signal } from '@preact/signals';
import { QuorateError } from '../client/errors.ts';
import type { ItemJson } from '../client/index.ts';
import { backoff, type Transport } from '../client/transport.ts';
import type { EventJson } from '../core/view/json-types.ts';
import type { Scope } from './feed.ts';
import { isFinal, reach, serverAddress } from './server.ts';
import type { Following } from './sharing/follower.ts';
import { sharedFeed } from './sharing/share.ts';

/** What a page knows of its server, as signals: whether there is contact, how far the log is, what time it is there. */

/** Whether the server answers, and since when it has or has not, ms by this device's clock. */
export interface Contact {
  readonly state: 'beginning' | 'live' | 'lost';
  readonly since: number;
}

export const contact = signal<Contact>({ state: 'beginning', since: Date.now() });
/** How much of the log this page has seen; 0: not known yet, or an empty log. */
export const index = signal(0);
/** The server's time, ms; moves once a second. */
export const now = signal(Date.now());

/** What follows the log of some groups. */
export interface Follower {
  readonly groups: Scope;
  readonly transport: Transport;
  /** Reads the present state: at the beginning, after a gap, and when the page is looked at again. */
  readonly read: () => Promise<void>;
  /** What happened since, in order of the log; some of it may be in what was read already. */
  readonly event: (event: EventJson) => void;
  readonly item?: (group: string, item: ItemJson) => void;
  /** The server refuses: there is no such group, or it is not for this reader. It is asked again now and then. */
  readonly refused: (problem: QuorateError) => void;
}

/** How long the server may take to answer before that counts as a loss, ms. */
const lateMs = 2000;
/** The longest pause between two attempts to reach the server, ms. */
const longestPause = 5000;
/** Until it is asked again after it refused, ms: the group may have been made meanwhile. */
const refusedPause = 30_000;

/**
 * Keeps the follower up to date over as many connections as needed, one after the other, until the result is called. They are shared
 * with the other pages of this browser. What everybody may read is followed as everybody, whoever looks: pages with many tokens, each
 * of a group of its own, need one stream. An item that is withheld from everybody has to be read by who may.
 */
export function follow(follower: Follower): () => void {
  const ended = new AbortController();
  void keepUp(follower, ended.signal);
  return () => ended.abort();
}

async function keepUp(follower: Follower, ended: AbortSignal): Promise<void> {
  let seen: number | null = null;
  let failures = 0;
  let isDoubtful = false;
  const first = follower.transport.token === null ? follower.transport : reach();
  let transport = first;
  const reached = (upTo: number): void => {
    seen = upTo;
    index.value = Math.max(index.peek(), upTo);
  };
  while (!ended.aborted) {
    const turn = new AbortController();
    const signal = AbortSignal.any([turn.signal, ended]);
    const unwatch = onReturn(() => {
      // Whatever was open may be dead without a sign, and what is shown is old.
      seen = null;
      failures = 0;
      isDoubtful = true;
      turn.abort();
    });
    const following: Following = { groups: follower.groups, seen, isDoubtful, signal };
    isDoubtful = false;
    const late = setTimeout(lose, lateMs);
    try {
      for await (const message of sharedFeed(transport, following)) {
        if (message.kind === 'start') {
          // Where reading fails, nothing is known to go on from.
          seen = null;
          await Promise.all([setTime(signal), follower.read()]);
          if (!turn.signal.aborted) reached(message.index);
        } else if (message.kind === 'event') follower.event(message.event);
        else if (message.kind === 'item') follower.item?.(message.group, message.item);
        else if (message.kind === 'reached') reached(message.index);
        // A connection is no use yet where the present state has still to be read.
        if (message.kind !== 'open' || seen !== null) failures = 0;
        clearTimeout(late);
        found();
      }
    } catch (error) {
      if (error instanceof QuorateError && isFinal(error)) {
        clearTimeout(late);
        if (transport !== follower.transport) {
          transport = follower.transport;
          unwatch();
          continue;
        }
        found();
        follower.refused(error);
        [seen, transport] = [null, first];
        await pause(refusedPause, signal);
        unwatch();
        continue;
      }
      // A mistake of this page must be seen; what the network does is said by `contact`.
      if (!(error instanceof QuorateError || signal.aborted)) reportError(error);
    }
    clearTimeout(late);
    if (!turn.signal.aborted && !ended.aborted) {
      failures += 1;
      // A stream that has become old is ended by its server: only a second failure is a loss.
      if (failures > 1) lose();
      await pause(backoff(failures, Math.random, longestPause), signal);
    }
    unwatch();
  }
}

/** Says that the server answers. */
function found(): void {
  if (contact.peek().state !== 'live') contact.value = { state: 'live', since: Date.now() };
}

/** Says that there is no contact; since when stays as it is when there was none before. */
function lose(): void {
  if (contact.peek().state !== 'lost') contact.value = { state: 'lost', since: Date.now() };
}

/** ms that a page may be out of sight before what it shows counts as old. */
const awayMs = 3000;

/** Calls when the page is looked at again after a while, or the device has a network again. */
function onReturn(call: () => void): () => void {
  let hiddenAt: number | null = null;
  const seen = (): void => {
    if (document.visibilityState === 'hidden') hiddenAt = Date.now();
    else if (hiddenAt !== null && Date.now() - hiddenAt > awayMs) call();
  };
  const thawed = (event: PageTransitionEvent): void => {
    if (event.persisted) call();
  };
  document.addEventListener('visibilitychange', seen);
  document.addEventListener('resume', call);
  addEventListener('pageshow', thawed);
  addEventListener('online', call);
  // A listener of its own: the same function for two followers would be one listener.
  const gone = (): void => lose();
  addEventListener('offline', gone);
  return () => {
    document.removeEventListener('visibilitychange', seen);
    document.removeEventListener('resume', call);
    removeEventListener('pageshow', thawed);
    removeEventListener('online', call);
    removeEventListener('offline', gone);
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** How far the server's clock is ahead of this device's, ms. */
const ahead = signal(0);

setInterval(() => {
  now.value = Date.now() + ahead.peek();
}, 1000);

/** Asks the server what time it is: a phone's own clock may be minutes off. */
async function setTime(signal: AbortSignal): Promise<void> {
  const sent = Date.now();
  const ask = fetch(`${serverAddress()}healthz`, { method: 'HEAD', cache: 'no-store', signal });
  const reply = await ask.catch(() => null);
  const date = Date.parse(reply?.headers.get('date') ?? '');
  if (Number.isNaN(date)) return;
  // The header has whole seconds.
  const found = date + 500 - (sent + Date.now()) / 2;
  ahead.value = Math.abs(found) > 1500 ? found : 0;
  now.value = Date.now() + ahead.peek();
}
