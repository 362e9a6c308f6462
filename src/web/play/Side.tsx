import type { Diagram as Run } from '../../play/types.ts';
import { Mark } from '../parts/Mark.tsx';
import { Diagram } from './Diagram.tsx';
import { doingAt } from './in-words.ts';
import type { Picture } from './picture.ts';
import { Steps } from './Steps.tsx';
import type { Touch } from './touching.ts';

interface SideProps {
  /** Tells it from others on the page. */
  readonly id: string;
  readonly title: string;
  readonly run: Run;
  readonly picture: Picture;
  readonly step: number;
  /** Null: its messages cannot be changed. */
  readonly touch: Touch | null;
  readonly goTo: (step: number) => void;
}

/** One side of a run, or a history: how it stands, its diagram, and its steps in words. */
export function Side({ id, title, run, picture, step, touch, goTo }: SideProps) {
  return (
    <section class="panel" aria-labelledby={`${id}-title`}>
      <div class="titlebar">
        <h2 id={`${id}-title`}>{title}</h2>
        <Standing picture={picture} step={step} />
      </div>
      <Diagram id={id} picture={picture} step={step} doing={doingAt(run, picture, step)} touch={touch} />
      <Steps picture={picture} step={step} touch={touch} goTo={goTo} />
    </section>
  );
}

const states = { good: 'SUCCESS', bad: 'FAILED', plain: 'WAITING' } as const;

/** How it ended; before that it is waited for. */
function Standing({ picture: { end, steps }, step }: { readonly picture: Picture; readonly step: number }) {
  const isOver = step >= steps.length - 1;
  const state = isOver ? states[end.tone] : 'WAITING';
  const word = isOver ? end.word : state;
  return (
    <span class={`state ${state.toLowerCase()} buttons`}>
      <Mark state={state} />
      {word}
    </span>
  );
}
