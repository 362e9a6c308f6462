import { transportOf } from '../../client/connect.ts';
import { QuorateError } from '../../client/errors.ts';
import { feed } from '../feed.ts';
import { isFinal } from '../server.ts';
import { Hub, type HubParts } from './hub.ts';
import type { Place, Said } from './messages.ts';
import { inTurns } from './turns.ts';

/** Who has the stream of a channel. */
export interface Leader {
  readonly isOver: () => boolean;
  readonly stop: () => void;
}

/** Has the stream for all that listen on the channel, until somebody with a lower id says that it has it. */
export function lead(channelName: string, id: string, reach: Pick<HubParts, 'feed' | 'check'>): Leader {
  const channel = new BroadcastChannel(channelName);
  const say = (said: Said): void => channel.postMessage(said);
  const hub = new Hub({ ...reach, say });
  let isOver = false;
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    hub.close();
    channel.close();
  };
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if ('from' in data) hub.hear(data);
    else if (data.say === 'leads' && data.id < id) stop();
    else if (data.say === 'leads' || data.say === 'stands') say({ say: 'leads', id });
  };
  say({ say: 'leads', id });
  return { isOver: () => isOver, stop };
}

/** How the server of a place is reached, in turns with the streams of other tokens. */
export function reaching({ url, token }: Place, build: string): Pick<HubParts, 'feed' | 'check'> {
  const transport = transportOf({ url, token: token ?? undefined, retryFor: 3000 });
  return {
    feed: (scope, seen, signal) => {
      const open = (from: number | null, until: AbortSignal) => feed(transport, scope, from, until);
      return inTurns(`${build} ${url} turns`, open, seen, signal);
    },
    check: (group) =>
      transport.send({ method: 'GET', path: `/v1/groups/${encodeURIComponent(group)}` }).then(
        () => null,
        (error: unknown) => (error instanceof QuorateError && isFinal(error) ? error : null),
      ),
  };
}
