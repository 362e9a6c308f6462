import type { Group, Round } from '../../core/group/state.ts';
import type { Outcome } from '../../core/types.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import { openAsNow, viewClosed } from '../../core/view/view.ts';
import { roundIn } from '../input.ts';
import { Problem } from '../problem.ts';
import { jsonType, type Request, type Response } from '../route.ts';

/** How a path names a round. */
export type Which = number | 'open' | 'latest';

export function whichIn({ params }: Request): Which {
  const { round } = params;
  return round === 'open' || round === 'latest' ? round : roundIn(round);
}

/** The number of a round, kept or not. Throws a Problem where there is none yet. */
export function numberOf({ name, open, round }: Group, which: Which, index: number): number {
  if (which === 'open' && open === null)
    throw new Problem('no-open-round', `group ${name} has no open round`, { index });
  const number = typeof which === 'number' ? which : round;
  if (number <= round) return number;
  throw new Problem('round-not-open', `round ${number} is not open yet: the latest is ${round}`, { index });
}

/**
 * A round as it was at one index of the log. It is made in the loop that applies entries, so it only takes what the next
 * command may change; its body is written when it is sent.
 */
export interface Answer {
  readonly round: number;
  readonly waiting: boolean;
  readonly revision: number;
  /** Whether it names so many that its body is to be written when there is time. */
  readonly large: boolean;
  /** The round as JSON. */
  readonly body: () => string;
}

export interface Answers {
  /** A round by number; null when it is not kept. */
  round(group: Group, number: number, index: number): Answer | null;
  /** A closed round, also when it is no longer kept. */
  closed(group: Group, outcome: Outcome, index: number): Answer;
}

/** Makes answers of rounds. All who read a round as it is at one index share a body. */
export function answers(): Answers {
  const shared = new SharedAnswers();
  // An outcome never changes, nor does the name of its group.
  const closed = (group: Group, outcome: Outcome, index: number): Answer =>
    shared.of(outcome, outcome.revision, index, () =>
      answerOf(outcome, outcome.revision, () => viewClosed(group, outcome, index)),
    );
  return {
    closed,
    round(group, round, index) {
      const outcome = group.closed.get(round);
      if (outcome !== undefined) return closed(group, outcome, index);
      const { open } = group;
      if (open?.number !== round) return null;
      // Several commands of one entry may change the round, each with a revision of its own.
      return shared.of(open, group.revision, index, () => {
        return answerOf(open, group.revision, openAsNow(group, open, index));
      });
    },
  };
}

/** Answers that are held at a time for others who read the same. */
const mostShared = 1000;

/** The answers made at the latest index: no others can be given again, so none holds memory for longer. */
class SharedAnswers {
  private index = -1;
  private readonly made = new Map<Round | Outcome, Answer>();

  /** The answer for a round as it is at this revision and index, made by `make` where nobody has read it so. */
  of(round: Round | Outcome, revision: number, index: number, make: () => Answer): Answer {
    const { made } = this;
    if (index !== this.index || made.size >= mostShared) made.clear();
    this.index = index;
    const earlier = made.get(round);
    if (earlier?.revision === revision) return earlier;
    const answer = make();
    made.set(round, answer);
    return answer;
  }
}

/** Names of electors without a proposal that are written at once. */
const manyNames = 1000;

function answerOf(round: Round | Outcome, revision: number, view: () => RoundJson): Answer {
  const { electors, proposals } = round;
  const large = electors !== null && electors.size - proposals.size > manyNames;
  let text: string | null = null;
  const body = (): string => {
    text ??= JSON.stringify(view());
    return text;
  };
  if ('round' in round) return { round: round.round, waiting: false, revision, large, body };
  return { round: round.number, waiting: true, revision, large, body };
}

/** The problem of a round that is no longer kept, with what is known of the call. */
export function notKept(
  round: number,
  index: number,
  outcome: Pick<Problem['more'], 'outcome'> = {},
): Problem {
  return new Problem('round-not-kept', `round ${round} is no longer kept`, { index, ...outcome });
}

export function sendRound(response: Response, { revision, body }: Answer, status = 200): void {
  response.status = status;
  response.header('etag', `"${revision}"`).send(jsonType, body());
}
