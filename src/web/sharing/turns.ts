import type { FeedMessage } from '../feed.ts';
import { freshId } from './messages.ts';

/** What streams of one browser say to each other, whatever their token: that they are there, and when they go. Nothing secret. */
interface Presence {
  readonly id: string;
  readonly isGone: boolean;
}

/** Streams that are open at once: a browser has six connections to a server, and pages have to ask for something too. */
const mostOpen = 3;
/** ms between two signs of life. */
const beatMs = 500;
/** Silence after which a stream counts as gone, ms. A page out of sight gives a sign once a minute. */
const silentMs = 90_000;

/** Whether a stream may be open at this time, where there are these: each in its turn, as many at once as may be. */
export function mayBeOpen(ids: readonly string[], own: string, now: number, turnMs: number): boolean {
  const count = ids.length;
  if (count <= mostOpen) return true;
  const first = (Math.floor(now / turnMs) * mostOpen) % count;
  return ([...ids].sort().indexOf(own) - first + count) % count < mostOpen;
}

/**
 * A stream that takes turns with the others of its browser where they are many, as of a person with a token of their own in each of ten
 * groups. It goes on where its last turn ended. Their common clock says whose turn it is.
 */
export async function* inTurns(
  channelName: string,
  open: (seen: number | null, signal: AbortSignal) => AsyncIterable<FeedMessage>,
  seen: number | null,
  signal: AbortSignal,
  turnMs = 2000,
): AsyncGenerator<FeedMessage> {
  const id = freshId();
  const heardAt = new Map<string, number>();
  const channel = new BroadcastChannel(channelName);
  let turn = new AbortController();
  let begin = (): void => {};
  const beat = Math.min(beatMs, turnMs / 4);
  const isMine = (now: number): boolean => {
    for (const [other, at] of heardAt) if (now - at > silentMs) heardAt.delete(other);
    return mayBeOpen([id, ...heardAt.keys()], id, now, turnMs);
  };
  /** Whether it has been for a beat: those whose turn is over have seen it. */
  const mayBegin = (now: number): boolean => isMine(now) && isMine(now - beat);
  const look = (): void => {
    const now = Date.now();
    if (!isMine(now)) turn.abort();
    else if (mayBegin(now)) begin();
  };
  const say = (isGone: boolean): void => channel.postMessage({ id, isGone } satisfies Presence);
  channel.onmessage = ({ data }: MessageEvent<Presence>) => {
    if (data.isGone) heardAt.delete(data.id);
    else heardAt.set(data.id, Date.now());
    // Where this page is out of sight and its timers are slow, the one that is looked at keeps the time.
    look();
  };
  const beating = setInterval(() => {
    say(false);
    look();
  }, beat);
  signal.addEventListener('abort', () => begin(), { once: true });
  say(false);
  try {
    for (let at = seen; ; ) {
      while (!mayBegin(Date.now())) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => {
          begin = resolve;
        });
      }
      turn = new AbortController();
      try {
        for await (const message of open(at, AbortSignal.any([signal, turn.signal]))) {
          if (message.kind === 'reached') at = message.index;
          yield message;
        }
        return;
      } catch (error) {
        if (signal.aborted || !turn.signal.aborted) throw error;
      }
    }
  } finally {
    clearInterval(beating);
    say(true);
    channel.close();
  }
}
