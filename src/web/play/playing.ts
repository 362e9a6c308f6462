import type { ReadonlySignal, Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Where somebody is in a run, or in a history. */
export interface Stepper {
  readonly step: ReadonlySignal<number>;
  readonly last: ReadonlySignal<number>;
  readonly isPlaying: Signal<boolean>;
  readonly goTo: (step: number) => void;
}

interface Playing {
  readonly isPlaying: boolean;
  /** Begins, at the start again where the end is shown, or pauses. */
  readonly toggle: () => void;
  /** Goes so many steps on, and plays no longer. */
  readonly by: (steps: number) => void;
}

/** How long a step is shown, ms: long runs go faster, so that none takes for ever. */
const wholeMs = 24_000;
const longestMs = 900;
const shortestMs = 150;

/** Shows one step after the other while it is to play. Nothing ever begins to move by itself. */
export function usePlaying(stepper: Stepper): Playing {
  const { isPlaying, goTo } = stepper;
  const [step, last] = [stepper.step.value, stepper.last.value];
  const isOn = isPlaying.value && step < last;
  useEffect(() => {
    if (!isOn) {
      isPlaying.value = false;
      return;
    }
    const stepMs = Math.min(longestMs, Math.max(shortestMs, wholeMs / last));
    const timer = setTimeout(() => goTo(step + 1), stepMs);
    return () => clearTimeout(timer);
  }, [isOn, step, last]);
  return {
    isPlaying: isOn,
    toggle: () => {
      if (isOn) {
        isPlaying.value = false;
        return;
      }
      if (stepper.step.peek() >= stepper.last.peek()) goTo(0);
      isPlaying.value = true;
    },
    by: (steps) => {
      isPlaying.value = false;
      // Not as drawn: several keys may be pressed between two frames.
      goTo(stepper.step.peek() + steps);
    },
  };
}
