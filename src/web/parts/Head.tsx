import type { ComponentChildren } from 'preact';
import type { RoundState } from '../../client/index.ts';
import { words } from '../words/index.ts';
import { Mark } from './Mark.tsx';
import { Spoken } from './Spoken.tsx';

interface HeadProps {
  readonly state: RoundState;
  readonly present: number;
  readonly of: number;
  /** Beside the state, such as "round 4, blind". */
  readonly about: string;
  /** The page's one status: "3 of 5 in", "Agreed on 8". */
  readonly big: ComponentChildren;
  /** The status as one hears it, where it may change faster than that; null: as it is seen. */
  readonly spoken?: { readonly text: string; readonly deadlineAt: string | null } | null;
  /** Whether `big` is long words, not a number. */
  readonly wordsOnly?: boolean;
  /** The server's sentence. */
  readonly why: ComponentChildren;
  readonly clock?: ComponentChildren;
}

const classes = { WAITING: 'head waiting', SUCCESS: 'head success', FAILED: 'head failed' } as const;

/** The state of one group, readable across a room. */
export function Head(props: HeadProps) {
  const { state, present, of, about, big, spoken = null, wordsOnly = false, why, clock } = props;
  const size = wordsOnly ? 'big words-only' : 'big';
  return (
    <section class={classes[state]} aria-label={words.head.label}>
      <Mark state={state} present={present} of={of} />
      <div>
        <p>
          <span class={`state ${state.toLowerCase()}`}>{state}</span> <span class="small">{about}</span>
        </p>
        {spoken === null ? (
          <p class={size} role="status">
            {big}
          </p>
        ) : (
          <>
            <p class={size} aria-hidden="true">
              {big}
            </p>
            <Spoken {...spoken} />
          </>
        )}
      </div>
      {clock}
      <p class="say why">{why}</p>
    </section>
  );
}
