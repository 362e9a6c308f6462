import { useEffect, useState } from 'preact/hooks';
import { words } from '../words/index.ts';
import type { Drawn } from './qr-drawn.ts';

/** Modules of white around the code, without which cameras do not find it. */
const quiet = 4;

/**
 * An address for cameras: black on white in both schemes. It must stand beside it as a text as well: how codes are drawn is loaded
 * only by pages that show one, and a moment after them.
 */
export function Qr({ address }: { readonly address: string }) {
  const [code, show] = useState<Drawn | null>(null);
  useEffect(() => {
    let isWanted = true;
    import('./qr-drawn.ts').then(
      ({ drawn }) => {
        if (isWanted) show(drawn(address));
      },
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [address]);
  if (code === null) return null;
  const side = code.size + 2 * quiet;
  return (
    <svg
      class="qr"
      viewBox={`${-quiet} ${-quiet} ${side} ${side}`}
      role="img"
      aria-label={words.qr(address)}
      shape-rendering="crispEdges"
    >
      <path d={code.path} />
    </svg>
  );
}
