import { QuorateError } from '../../client/errors.ts';
import type { FeedMessage, Scope } from '../feed.ts';
import { freshId, type Said } from './messages.ts';

export interface Following {
  readonly groups: Scope;
  /** Index up to which everything is known; null: nothing. */
  readonly seen: number | null;
  /** Whether the stream may be dead without a sign. */
  readonly isDoubtful: boolean;
  readonly signal: AbortSignal;
}

/** Called while nobody answers, with how often it was: finds somebody who leads. */
export type Summon = (times: number) => void;

/** How long whoever leads may take to answer, ms. */
const answerMs = 250;
/** ms between two questions whether the stream goes on. */
const askMs = 1000;
/** Questions without an answer after which whoever led is gone: its page is frozen, or has crashed. */
const mostUnanswered = 3;

/**
 * What the stream of a channel says of some groups, as `feed` gives it. Ends when there is no stream any more; rejects with
 * `QuorateError` when the server refuses, and with the signal's reason.
 */
export async function* followOn(
  channelName: string,
  following: Following,
  summon: Summon,
): AsyncGenerator<FeedMessage> {
  const { groups, isDoubtful, signal } = following;
  signal.throwIfAborted();
  const channel = new BroadcastChannel(channelName);
  const from = freshId();
  const say = (said: Said): void => channel.postMessage(said);
  const inbox: FeedMessage[] = [];
  let { seen } = following;
  let [isAnswered, isOpen, hasEnded, unanswered, times] = [false, false, false, 0, 0];
  let refusal: QuorateError | null = null;
  let wake = (): void => {};

  const ask = (): void => say({ say: 'follow', from, groups, seen, isDoubtful: isDoubtful && !isAnswered });
  const take = (message: FeedMessage): void => {
    if (message.kind === 'open') isOpen = true;
    if (!isOpen || (seen !== null && isKnown(message, seen)) || !isAbout(message, groups)) return;
    if (message.kind === 'start' || message.kind === 'reached') seen = message.index;
    inbox.push(message);
  };
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.say === 'leads') ask();
    if (!('to' in data) || (data.to !== null && data.to !== from)) return;
    isAnswered = true;
    unanswered = 0;
    if (data.say === 'feed') take(data.message);
    else if (data.say === 'refused') refusal = new QuorateError(data.problem);
    else if (data.say === 'ended') hasEnded = true;
    wake();
  };
  const summoning = setInterval(() => {
    if (isAnswered) return clearInterval(summoning);
    times += 1;
    summon(times);
    ask();
  }, answerMs);
  const asking = setInterval(() => {
    if (!isAnswered) return;
    hasEnded ||= unanswered >= mostUnanswered;
    unanswered += 1;
    say({ say: 'here', from });
    wake();
  }, askMs);
  const leave = (): void => say({ say: 'leave', from });
  const abort = (): void => wake();
  signal.addEventListener('abort', abort);
  globalThis.addEventListener?.('pagehide', leave);
  try {
    summon(0);
    ask();
    for (;;) {
      yield* inbox.splice(0);
      signal.throwIfAborted();
      if (refusal !== null) throw refusal;
      if (inbox.length > 0) continue;
      if (hasEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    clearInterval(summoning);
    clearInterval(asking);
    signal.removeEventListener('abort', abort);
    globalThis.removeEventListener?.('pagehide', leave);
    leave();
    channel.close();
  }
}

/** Whether all of it was said before: a stream that began anew for another follower says again what this one has heard. */
function isKnown(message: FeedMessage, seen: number): boolean {
  if (message.kind === 'event') return message.event.index <= seen;
  if (message.kind === 'item') return message.item.index <= seen;
  return message.kind === 'reached' && message.index <= seen;
}

function isAbout(message: FeedMessage, groups: Scope): boolean {
  if (message.kind === 'event') return groups?.includes(message.event.group) !== false;
  return message.kind !== 'item' || groups?.includes(message.group) !== false;
}
