import { type ReadonlySignal, signal } from '@preact/signals';
import { serverAddress } from '../server.ts';
import { ownPrefix, storeOf } from '../store.ts';

/** A process of `quorate demo --cluster`. */
export interface DemoPart {
  readonly name: string;
  readonly kind: 'server' | 'etcd';
  readonly isUp: boolean;
}

/** A demo that can lose its parts and get them back. */
export interface Demo {
  readonly parts: ReadonlySignal<readonly DemoPart[]>;
  /** What is being done, by name of the part; null: nothing. */
  readonly doing: ReadonlySignal<string | null>;
  /** Whether the last press came to nothing. */
  readonly failed: ReadonlySignal<boolean>;
  readonly press: (what: 'kill' | 'start', name: string) => void;
}

const kept = storeOf(() => sessionStorage, ownPrefix);
const place = 'demo';

/** The demo that has opened this page: it gave its secret behind the #. Null everywhere else. */
export function demoOf(): Demo | null {
  const given = /^#demo=([\w-]{16,})$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    kept.setItem(place, given);
    // An address that is copied or projected gives nobody the secret.
    history.replaceState(null, '', location.pathname + location.search);
  }
  const secret = kept.getItem(place);
  return secret === null ? null : follow(secret);
}

function follow(secret: string): Demo {
  const parts = signal<readonly DemoPart[]>([]);
  const doing = signal<string | null>(null);
  const failed = signal(false);
  const ask = async (path: string, method: string): Promise<void> => {
    const reply = await fetch(`${serverAddress()}demo${path}`, {
      method,
      headers: { 'quorate-demo': secret },
      signal: AbortSignal.timeout(20_000),
    });
    if (!reply.ok) throw new Error(`the demo answered ${reply.status}`);
    parts.value = ((await reply.json()) as { parts: readonly DemoPart[] }).parts;
  };
  const press = (what: 'kill' | 'start', name: string): void => {
    if (doing.peek() !== null) return;
    doing.value = name;
    ask(`/${encodeURIComponent(name)}/${what}`, 'POST')
      .then(
        () => {
          failed.value = false;
        },
        () => {
          failed.value = true;
        },
      )
      .finally(() => {
        doing.value = null;
      });
  };
  const look = async (): Promise<void> => {
    // When the demo is over there is nothing left to press.
    await ask('', 'GET').catch(() => {
      parts.value = [];
    });
    setTimeout(() => void look(), 2000);
  };
  void look();
  return { parts, doing, failed, press };
}
