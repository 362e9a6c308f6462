import { useEffect } from 'preact/hooks';
import type { PageState } from './page-state.ts';

/** How one gets from round to round: each has an address, and the keys go one on. */
export interface Stepping {
  readonly href: (round: number) => string;
  readonly select: (round: number) => void;
}

/** The round that an address names, as `?round=3`; null: the latest. */
export function roundIn(search: string): number | null {
  const text = new URLSearchParams(search).get('round') ?? '';
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : null;
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export function useStepping(state: PageState): Stepping {
  const { selected, now, shown } = state;
  const latest = (): number => now.round.peek()?.round ?? 1;
  const href = (round: number): string => (round === latest() ? location.pathname : `?round=${round}`);
  const select = (round: number): void => {
    if (round < 1 || round > latest() || round === shown.peek()?.round) return;
    history.pushState(null, '', href(round));
    selected.value = roundIn(location.search);
  };
  useEffect(() => {
    const back = (): void => {
      selected.value = roundIn(location.search);
    };
    const press = (event: KeyboardEvent): void => {
      const step = steps[event.key];
      if (step === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      // There the keys have a use already.
      if (
        event.target instanceof Element &&
        event.target.closest('input, select, textarea, .scroll') !== null
      )
        return;
      event.preventDefault();
      select((shown.peek()?.round ?? 1) + step);
    };
    addEventListener('popstate', back);
    addEventListener('keydown', press);
    return () => {
      removeEventListener('popstate', back);
      removeEventListener('keydown', press);
    };
  }, [state]);
  return { href, select };
}
