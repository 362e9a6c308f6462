import type { Group } from '../../core/group/state.ts';
import type { Outcome } from '../../core/types.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import { viewClosed, viewRound } from '../../core/view/view.ts';
import { jsonType, type Response } from '../route.ts';

/** A round as an answer: its status and body, and whether the round still waits. */
export interface Answer {
  readonly status: number;
  readonly round: number;
  readonly waiting: boolean;
  readonly body: string;
  readonly revision: number;
}

/** Makes answers of rounds; null for a round that is not kept. The body of a closed round is written once for all who waited for it. */
export function bodies(): (group: Group, number: number, index: number) => Answer | null {
  const written = new WeakMap<Outcome, { readonly index: number; readonly answer: Answer }>();
  return (group, number, index) => {
    const outcome = group.closed.get(number);
    if (outcome === undefined) {
      const round = viewRound(group, number, index);
      return round === null ? null : answerOf(round);
    }
    const earlier = written.get(outcome);
    if (earlier?.index === index) return earlier.answer;
    const answer = answerOf(viewClosed(group, outcome, index));
    written.set(outcome, { index, answer });
    return answer;
  };
}

export function sendRound(response: Response, answer: Answer): void {
  response.status = answer.status;
  response.header('etag', `"${answer.revision}"`).send(jsonType, answer.body);
}

function answerOf(json: RoundJson): Answer {
  const { round, revision } = json;
  return { status: 200, round, waiting: json.state === 'WAITING', body: JSON.stringify(json), revision };
}
