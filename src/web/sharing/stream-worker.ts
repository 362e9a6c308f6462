import { type Leader, lead, reaching } from './lead.ts';
import { channelOf, type Place } from './messages.ts';

/** The SharedWorker of all pages of one server: has their streams, one for each token, as long as one of the pages is open. */

const leaders = new Map<string, Leader>();

addEventListener('connect', (event) => {
  const port = (event as MessageEvent).ports[0] as MessagePort;
  port.onmessage = ({ data }: MessageEvent<Place & { readonly build: string }>) => {
    const channel = channelOf(data, data.build);
    // Before every id of a page: where both lead, the worker does.
    if (leaders.get(channel)?.isOver() !== false)
      leaders.set(channel, lead(channel, ' worker', reaching(data, data.build)));
  };
});
