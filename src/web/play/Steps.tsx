import { useState } from 'preact/hooks';
import { words } from '../words/index.ts';
import { arrowAt } from './Diagram.tsx';
import type { Picture } from './picture.ts';
import type { Touch } from './touching.ts';

const say = words.play.diagram;

interface StepsProps {
  readonly picture: Picture;
  readonly step: number;
  readonly touch: Touch | null;
  readonly goTo: (step: number) => void;
}

/** The steps of a diagram as a list: each is gone to by pressing it, and the message of the present one can be changed. */
export function Steps({ picture, step, touch, goTo }: StepsProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="steps-list" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{say.list}</summary>
      {isOpen && (
        <ol>
          {picture.steps.map((text, place) => {
            const isNow = place === Math.min(step, picture.steps.length - 1);
            const arrow = isNow && touch !== null ? arrowAt(picture, place) : undefined;
            return (
              <li key={place} aria-current={isNow ? 'step' : undefined}>
                <button class="button plain" type="button" onClick={() => goTo(place)}>
                  <span class="n">{words.count(place)}</span> {text}
                </button>
                {arrow !== undefined && (
                  <button class="button" type="button" onClick={() => touch?.choose(arrow.key)}>
                    {say.change}
                  </button>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </details>
  );
}
