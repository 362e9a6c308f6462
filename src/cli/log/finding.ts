/** What `quorate check` looks for; docs/history-format.md says what each is. */
export type CheckName =
  | 'real-time'
  | 'agreement'
  | 'order'
  | 'one-proposal'
  | 'gap'
  | 'once'
  | 'one-order'
  | 'view-first'
  | 'fifo'
  | 'self-delivery';

export interface Finding {
  readonly check: CheckName;
  /** The lines, from 1, of the two records that contradict each other. */
  readonly lines: readonly [number, number];
  readonly text: string;
}
