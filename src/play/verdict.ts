import type { Flight } from './mail.ts';
import type { Decision } from './server.ts';
import type { ActorState, Verdict } from './types.ts';

/** What is known of an agent from outside. */
export interface Seen {
  readonly phase: Extract<ActorState, { kind: 'agent' }>['phase'];
  /** The version of the server that told it to wait, since its last number; null: none has. */
  readonly waitsAt: number | null;
  /** What it was told SUCCESS of. */
  readonly decision: Decision | null;
}

/** What the run has come to; null while it goes on. */
export function verdictOf(
  agents: readonly Seen[],
  version: number,
  flights: readonly Flight[],
  quorum: number,
): Verdict | null {
  const waiting = [...agents.keys()].filter((i) => agents[i]?.phase !== 'ended');
  if (waiting.length === 0) return judge(agents, quorum);
  const inVain = waiting.every((i) => agents[i]?.phase === 'waits' && agents[i]?.waitsAt === version);
  // Whoever asks again hears the same, and asks again.
  return inVain && flights.every(changesNothing) ? { verdict: 'DEADLOCK', waiting } : null;
}

function changesNothing({ message: { content } }: Flight): boolean {
  return content.kind === 'ask' || (content.kind === 'state' && content.state === 'WAITING');
}

function judge(agents: readonly Seen[], quorum: number): Verdict {
  const decisions = agents.flatMap(({ decision }) => decision ?? []);
  const [{ value, round }] = decisions as [Decision];
  if (decisions.some((one) => one.value !== value)) return { verdict: 'WRONG', why: 'different', value };
  if (decisions.some(({ by }) => new Set(by).size < quorum))
    return { verdict: 'WRONG', why: 'itself', value };
  if (decisions.some(({ winners }) => winners > 1)) return { verdict: 'WRONG', why: 'two-values', value };
  return { verdict: 'SUCCESS', value, round };
}
