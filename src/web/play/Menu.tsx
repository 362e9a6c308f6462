import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Fate } from '../../play/types.ts';
import { words } from '../words/index.ts';

const say = words.play.menu;

const faults = ['drop', 'delay', 'duplicate', 'crash'] as const;

interface MenuProps {
  /** The message in words. */
  readonly message: string;
  readonly isLost: boolean;
  /** What the reader has made of it; null: nothing. */
  readonly fate: Fate | null;
  /** Where in the diagram it stands, from 0 to 1. */
  readonly at: number;
  readonly onFate: (fate: Fate | null) => void;
  readonly onClose: () => void;
}

/** What can be done to one message, at its place in the diagram. */
export function Menu({ message, isLost, fate, at, onFate, onClose }: MenuProps) {
  const menu = useRef<HTMLFieldSetElement>(null);
  // Before it is drawn: who is quick with the keyboard is not sent back to the first button.
  useLayoutEffect(() => menu.current?.querySelector('button')?.focus(), []);
  // What chance has lost can be let through instead.
  const offered = isLost && fate === null ? (['arrive', ...faults.slice(1)] as const) : faults;
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onClose();
  };
  return (
    <fieldset class="menu" ref={menu} aria-label={say.label(message)} onKeyDown={key} style={{ '--at': at }}>
      <p>
        <b>{message}</b>
      </p>
      <div class="buttons">
        {offered.map((each) => (
          <button
            key={each}
            class="button"
            type="button"
            aria-pressed={fate === each}
            onClick={() => onFate(each)}
          >
            {say.fates[each]}
          </button>
        ))}
        <button
          class="button"
          type="button"
          aria-disabled={fate === null}
          onClick={() => fate !== null && onFate(null)}
        >
          {say.asItWas}
        </button>
        <button class="button plain" type="button" onClick={onClose}>
          {say.close}
        </button>
      </div>
    </fieldset>
  );
}
