import type { Group } from '../../core/group/state.ts';
import type { Outcome } from '../../core/types.ts';
import { viewClosed, viewRound } from '../../core/view/view.ts';
import { jsonType, type Response } from '../route.ts';

/**
 * A round as it was at one index of the log. It is made in the loop that applies entries, so it only takes what the next
 * command may change; its body is written when it is sent.
 */
export interface Answer {
  readonly round: number;
  readonly waiting: boolean;
  readonly revision: number;
  /** The round as JSON. */
  readonly body: () => string;
}

/** Makes answers of rounds; null for a round that is not kept. All who read a closed round at one index share a body. */
export function answers(): (group: Group, number: number, index: number) => Answer | null {
  const written = new WeakMap<Outcome, { readonly index: number; readonly body: string }>();
  const bodyOf = (group: Group, outcome: Outcome, index: number): string => {
    const earlier = written.get(outcome);
    if (earlier?.index === index) return earlier.body;
    const body = JSON.stringify(viewClosed(group, outcome, index));
    written.set(outcome, { index, body });
    return body;
  };
  return (group, round, index) => {
    const outcome = group.closed.get(round);
    if (outcome !== undefined) {
      const { revision } = outcome;
      // An outcome never changes, nor does the name of its group.
      return { round, waiting: false, revision, body: () => bodyOf(group, outcome, index) };
    }
    const open = viewRound(group, round, index);
    if (open === null) return null;
    return { round, waiting: true, revision: open.revision, body: () => JSON.stringify(open) };
  };
}

export function sendRound(response: Response, { revision, body }: Answer, status = 200): void {
  response.status = status;
  response.header('etag', `"${revision}"`).send(jsonType, body());
}
