import type { Fate } from '../../play/types.ts';

/** What the reader may do to the messages of a run. */
export interface Touch {
  /** The message whose menu is open, by its key in the diagram. */
  readonly chosen: string | null;
  readonly choose: (key: string | null) => void;
  /** What the reader has made of a message, by its name; null: what the run makes of it. */
  readonly fateOf: (name: string) => Fate | null;
  readonly change: (name: string, fate: Fate | null) => void;
}
