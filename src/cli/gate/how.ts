import type { ClaimJson, RoundJson } from '../../client/index.ts';
import type { Argv } from './command.ts';

/** How a gate goes about it. All times in ms. */
export interface How {
  readonly command: Argv;
  /** For the wait for a decision, and for others who act on it. */
  readonly timeout: number;
  readonly lease: number;
  readonly grace: number;
  /** What becomes of the decision when the command fails. */
  readonly onFailure: 'done' | 'release';
  readonly stdout: 'inherit' | 2;
}

/** How a gate has ended: `waiting` for a decision or for who acts on it, `refused`, `done` by whomever, `released` after a failure. */
export type GateEnd =
  | { readonly state: 'waiting'; readonly round: RoundJson | null; readonly claim: ClaimJson | null }
  | { readonly state: 'refused'; readonly round: RoundJson; readonly why: string }
  | { readonly state: 'done'; readonly round: RoundJson; readonly claim: ClaimJson; readonly here: boolean }
  | {
      readonly state: 'released';
      readonly round: RoundJson;
      readonly claim: ClaimJson;
      readonly exitCode: number;
    };

// A server that is asked in the last moment has this long to answer.
export const answerMs = 5000;
