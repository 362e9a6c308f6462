import type { RoundJson } from '../../client/index.ts';

/** A round as far as a sentence on it needs it, or its row in a list. */
export interface Told
  extends Pick<RoundJson, 'state' | 'reason' | 'value' | 'eligible' | 'present' | 'missing'> {
  readonly moreMissing?: number;
  readonly waived?: RoundJson['waived'];
  readonly tally?: RoundJson['tally'];
}

type Reason = NonNullable<RoundJson['reason']>;
/** What ends a round where no proposal does. */
type Ending = Extract<Reason, 'deadline' | 'last-call' | 'closed-by-hand'>;

/** How a language says why a round stands or ended so. Numbers are counts of agents. */
interface Sentences {
  readonly gathering: string;
  readonly missing: (names: readonly string[], more: number) => string;
  /** Where seats have no names. */
  readonly missingOf: (n: number, of: number) => string;
  readonly minWait: string;
  readonly proposed: (n: number, of: number) => string;
  readonly behind: (n: number, of: number) => string;
  readonly endings: Readonly<Record<Ending, (what: string) => string>>;
  readonly undecided: (proposed: string) => string;
  readonly noAgreement: string;
  readonly most: (n: number, of: number) => string;
  readonly floor: (proposed: string) => string;
  readonly failures: Readonly<Record<Exclude<Reason, Ending | 'agreed' | 'no-agreement' | 'floor'>, string>>;
  readonly waived: (why: string, agents: readonly string[]) => string;
}

/** Says why a round stands or ended so, from its data; null for what the language has no sentence for. */
export function explainer(say: Sentences): (round: Told) => string | null {
  return (round) => {
    const { state, reason, waived = [] } = round;
    const why = state === 'WAITING' ? waiting(round) : state === 'SUCCESS' ? won(round) : failed(round);
    if (why === null || waived.length === 0 || reason === 'group-deleted') return why;
    return say.waived(
      why,
      waived.map(({ agent }) => agent),
    );
  };

  function waiting({ eligible, present, missing, moreMissing = 0 }: Told): string {
    if (eligible === 0) return say.gathering;
    if (missing.length > 0) return say.missing(missing, moreMissing);
    return present < eligible ? say.missingOf(eligible - present, eligible) : say.minWait;
  }

  function won({ reason, value, tally, present, eligible }: Told): string {
    const winner = tally?.find((one) => JSON.stringify(one.value) === JSON.stringify(value));
    const what =
      winner === undefined
        ? say.proposed(present, eligible)
        : say.behind(winner.agents.length + (winner.more ?? 0), eligible);
    return isEnding(reason) ? say.endings[reason](what) : what;
  }

  function failed({ reason, eligible, present, tally }: Told): string | null {
    const proposed = say.proposed(present, eligible);
    if (isEnding(reason)) return say.endings[reason](say.undecided(proposed));
    if (reason === 'floor') return say.floor(proposed);
    const most = tally?.[0];
    if (reason === 'no-agreement')
      return most === undefined ? say.noAgreement : say.most(most.agents.length + (most.more ?? 0), eligible);
    return (say.failures as Readonly<Record<string, string>>)[reason ?? ''] ?? null;
  }

  function isEnding(reason: Told['reason']): reason is Ending {
    return reason !== null && Object.hasOwn(say.endings, reason);
  }
}
