import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { words } from '../words/index.ts';
import { type Stepper, usePlaying } from './playing.ts';

const say = words.play.player;

interface PlayerProps {
  readonly stepper: Stepper;
  /** What happens in the step, as a sentence. */
  readonly what: string;
  /** Beside the number of the step. */
  readonly children?: ComponentChildren;
}

/** Buttons, a slider and keys that go through the steps. */
export function Player({ stepper, what, children }: PlayerProps) {
  const { goTo } = stepper;
  const [step, last] = [stepper.step.value, stepper.last.value];
  const { isPlaying, toggle, by } = usePlaying(stepper);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const act = { ' ': toggle, ArrowLeft: () => by(-1), ArrowRight: () => by(1) }[event.key];
      if (act === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      // There the keys have a use already.
      const used =
        event.key === ' ' ? 'input, select, textarea, button, summary, a' : 'input, select, textarea';
      if (event.target instanceof Element && event.target.closest(used) !== null) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  const [before, at, after] = say.of(step, last);
  return (
    <fieldset class="player" aria-label={say.label}>
      <button class="button" type="button" aria-label={say.toStart} onClick={() => goTo(0)}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 2h2.4v12H2zM14 2v12L5 8z" />
        </svg>
      </button>
      <button class="button" type="button" aria-label={say.back} onClick={() => by(-1)}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M12 2v12L3 8z" />
        </svg>
      </button>
      <button class="button first" type="button" onClick={toggle}>
        {isPlaying ? say.pause : say.play}
      </button>
      <button class="button" type="button" aria-label={say.on} onClick={() => by(1)}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4 2v12l9-6z" />
        </svg>
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={step}
        aria-label={say.step}
        aria-valuetext={say.valueText(step, last, what)}
        onInput={(event) => goTo(Number(event.currentTarget.value))}
      />
      <span>
        {before}
        <b>{at}</b>
        {after}
      </span>
      {children}
      <span class="small keys">{say.keys}</span>
    </fieldset>
  );
}
