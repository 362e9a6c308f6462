import type { Blame, Evidence, Violation } from '../sim/evidence.ts';
import type { Mutant } from '../sim/mutant.ts';
import { type Answer, answerOf } from './answers.ts';
import { Callers } from './callers.ts';
import { Replay } from './replay.ts';
import { followed, forward, inOrder } from './talk/callers.ts';

/** Past this many complaints nothing new is learnt. */
const enough = 20;

/**
 * What must hold of a whole history: of the log itself, of every answer that any server gave, and of what agents saw.
 * Each layer is looked at on its own, since the next one may hide its faults. An answer belongs to the log that its
 * session names: of a log that was replaced by a backup, what was read before and after are two histories. `bug`: a
 * seeded one of `apply`, which the servers had as well.
 */
export function checkHistory(
  evidence: Evidence,
  count: (what: string) => void = () => {},
  bug: Pick<Mutant, 'core' | 'before'> | null = null,
): Violation[] {
  const violations: Violation[] = [];
  const blame: Blame = (invariant, text) => {
    if (violations.length < enough || !violations.some((one) => one.invariant === invariant))
      violations.push({ invariant, text });
  };
  const answers = evidence.exchanges.flatMap((exchange) => answerOf(exchange));
  for (const { body } of answers) if (body?.code === 'overloaded') count('overload refusal');
  const callers = new Callers(evidence, blame);
  for (const log of evidence.logs) {
    const own = answers.filter((answer) => logOf(answer) === log.id);
    new Replay(evidence, log, own, blame, count).run(bug);
    callers.realTime(own);
    callers.sessions(own);
    inOrder(own, evidence.exchanges, blame);
    forward(own, blame);
  }
  callers.watchers();
  followed(evidence, blame, count);
  callers.liveness();
  return violations;
}

/** The log whose place an answer names. */
function logOf({ exchange }: Answer): string {
  return (exchange.response?.headers['quorate-session'] ?? '').split('.')[0] as string;
}
