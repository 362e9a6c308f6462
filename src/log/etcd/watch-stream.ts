import { LogFailure } from '../log.ts';
import type { EtcdClient } from './client.ts';
import type { KeyLayout } from './key-layout.ts';
import { type KeyValue, methods, type WatchRequest, type WatchResponse, withoutDeletes } from './messages.ts';

export interface WatchStreamOptions {
  readonly client: EtcdClient;
  readonly keys: KeyLayout;
  readonly startRevision: number;
  /** Called once the stream is there; nothing is taken from it before this resolves. */
  readonly onOpened: () => Promise<unknown>;
  /** Called with what was written, in order. May throw `LogFailure`. */
  readonly onEvents: (written: readonly KeyValue[]) => void;
  readonly onFragment: () => void;
}

export interface WatchStream {
  /** The member that it comes from. */
  readonly member: number;
  /** `compacted`: the revisions to start from are gone. Rejects with `LogFailure` for what cannot be read. */
  readonly ended: Promise<'ended' | 'compacted'>;
  cancel(): void;
}

/** One stream of the writes to a log, from the member that the client uses now. */
export async function openWatchStream(options: WatchStreamOptions): Promise<WatchStream> {
  const { client, keys, startRevision, onOpened, onEvents, onFragment } = options;
  const { stream, member } = await client.stream<WatchRequest, WatchResponse>(methods.watch);
  let over = false;
  let end: (how: 'ended' | 'compacted' | LogFailure) => void = () => {};
  const ended = new Promise<'ended' | 'compacted'>((resolve, reject) => {
    end = (how) => {
      if (over) return;
      over = true;
      stream.cancel();
      if (how instanceof LogFailure) reject(how);
      else resolve(how);
    };
  });
  let fragments: WatchResponse['events'] = [];
  stream.on('error', () => end('ended'));
  stream.on('end', () => end('ended'));
  stream.on('data', (response: WatchResponse) => {
    if (over) return;
    if (response.canceled) return end(response.compactRevision > 0 ? 'compacted' : 'ended');
    if (response.created) {
      stream.pause();
      onOpened().then(
        () => stream.resume(),
        (error) => end(error instanceof LogFailure ? error : 'ended'),
      );
      return;
    }
    fragments = fragments.length > 0 ? fragments.concat(response.events) : response.events;
    if (response.fragment) return onFragment();
    const written = fragments.map(({ kv }) => kv);
    fragments = [];
    try {
      onEvents(written);
    } catch (cause) {
      end(
        cause instanceof LogFailure ? cause : new LogFailure('etcd: a watch event is unreadable', { cause }),
      );
    }
  });
  stream.write({ create: { ...keys.log, startRevision, filters: [withoutDeletes], fragment: true } });
  return { member, ended, cancel: () => end('ended') };
}
