import { type ReadonlySignal, signal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import type { ClusterJson } from '../../client/index.ts';
import { contact, index } from '../live.ts';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';

/** The cluster as a server tells it once a second, as signals. */
export interface ClusterState {
  /** What was told last; it stays while nothing more comes. */
  readonly now: ReadonlySignal<ClusterJson | null>;
  /** Why the server does not tell this reader; null while it does. */
  readonly problem: ReadonlySignal<QuorateError | null>;
}

const everyMs = 1000;
/** An answer that takes longer counts as none, ms: the servers wait a second for members that are silent. */
const patienceMs = 4000;

export function watchCluster(): ClusterState {
  const now = signal<ClusterJson | null>(null);
  const problem = signal<QuorateError | null>(null);
  const read = async (): Promise<void> => {
    if (document.visibilityState === 'hidden') return;
    try {
      // A new transport each time: it asks for what is now, not for what another server has shown before.
      const transport = reach({ token: tokenIn(null), retryFor: 0 });
      const signal = AbortSignal.timeout(patienceMs);
      const { body } = await transport.send<ClusterJson>({ method: 'GET', path: '/v1/cluster', signal });
      now.value = body;
      problem.value = null;
      index.value = body.index;
      tell('live');
    } catch (error) {
      if (!(error instanceof QuorateError) || error.status < 400 || error.status >= 500) return tell('lost');
      problem.value = error;
      tell('live');
    }
  };
  const again = async (): Promise<void> => {
    for (;;) {
      await read();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  document.addEventListener('visibilitychange', () => void read());
  void again();
  return { now, problem };
}

function tell(state: 'live' | 'lost'): void {
  if (contact.peek().state !== state) contact.value = { state, since: Date.now() };
}
