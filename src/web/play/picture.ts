/** What a diagram of messages shows, with all its words: of a run of the playground, or of a group's history. */
export interface Picture {
  /** Who sends and receives, from left to right; the server is the last. */
  readonly lanes: readonly string[];
  /** From top to bottom; what begins or ends in the same row stands at the same height. */
  readonly rows: readonly Row[];
  /** The step of the run with which each step of the picture ends: turns that belong together are one step of the picture. */
  readonly at: readonly number[];
  /** What happens in each step, from step 0. */
  readonly steps: readonly string[];
  readonly arrows: readonly Arrow[];
  readonly notes: readonly Note[];
  readonly end: End;
}

/** How a drawn thing is meant: as it should be, as it should not, or neither. */
export type Tone = 'plain' | 'good' | 'bad';

export interface Row {
  readonly step: number;
  /** Px at the natural size of the drawing. */
  readonly height: number;
}

/** One message. Lanes and rows are places in their lists. */
export interface Arrow {
  /** Tells it from all others of the picture. */
  readonly key: string;
  /** Names the message in its run; its second copy has the same name. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly sent: number;
  /** The row in which it arrives; null: it is lost, or still on its way at the end. */
  readonly arrived: number | null;
  readonly isLost: boolean;
  readonly tone: Tone;
}

/** What happens at one lane. */
export interface Note {
  readonly lane: number;
  readonly row: number;
  readonly text: string;
  readonly tone: Tone;
}

/** How it ends. */
export interface End {
  readonly tone: Tone;
  /** Such as SUCCESS or DEADLOCK. */
  readonly word: string;
  readonly text: string;
  /** What each lane is left doing, empty where nothing is to be said; null: nobody waits for ever. */
  readonly waiting: readonly string[] | null;
}
