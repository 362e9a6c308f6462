import type { Group } from '../../core/group/state.ts';
import type { Outcome } from '../../core/types.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import { viewClosed, viewRound } from '../../core/view/view.ts';
import { jsonType, type Response } from '../route.ts';

/** A round as it was at one index of the log. Its body is written when it is first sent, not where the round was looked at. */
export class Answer {
  readonly round: RoundJson;
  private written: string | null = null;

  constructor(round: RoundJson) {
    this.round = round;
  }

  get body(): string {
    this.written ??= JSON.stringify(this.round);
    return this.written;
  }
}

/** Makes answers of rounds; null for a round that is not kept. All who read a closed round at one index share an answer. */
export function answers(): (group: Group, number: number, index: number) => Answer | null {
  /** Of closed rounds, as they were at `sharedAt`. */
  const shared = new Map<Outcome, Answer>();
  let sharedAt = 0;
  return (group, number, index) => {
    const outcome = group.closed.get(number);
    if (outcome === undefined) {
      const round = viewRound(group, number, index);
      return round === null ? null : new Answer(round);
    }
    if (index !== sharedAt) shared.clear();
    sharedAt = index;
    let answer = shared.get(outcome);
    if (answer === undefined) {
      answer = new Answer(viewClosed(group, outcome, index));
      shared.set(outcome, answer);
    }
    return answer;
  };
}

export function sendRound(response: Response, { round, body }: Answer, status = 200): void {
  response.status = status;
  response.header('etag', `"${round.revision}"`).send(jsonType, body);
}
