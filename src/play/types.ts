import type { Json, RoundState } from '../core/types.ts';

/** What becomes of a message: it arrives; is lost; arrives late; arrives twice; or whoever gets it crashes then and starts again. */
export type Fate = 'arrive' | 'drop' | 'delay' | 'duplicate' | 'crash';

/**
 * All that a run depends on: the same record gives the same run, everywhere and for ever. Percentages are whole numbers, the
 * chance of each message.
 */
export interface RunRecord {
  readonly seed: number;
  /** How many, 2 to 10: A, B, C ... */
  readonly agents: number;
  /** How many equal numbers decide. */
  readonly quorum: number;
  /** Agents draw whole numbers from 1 to this. */
  readonly max: number;
  /**
   * How agents speak to Quorate. `anonymous`: by the very program that speaks to the exercise. `named`: each post says who
   * proposes and in which round.
   */
  readonly clients: 'anonymous' | 'named';
  /**
   * `at-once`: a request and its reply are one turn. `any-time`: replies take as long on their way as requests, so that
   * others are served in between.
   */
  readonly replies: 'at-once' | 'any-time';
  readonly loss: number;
  readonly delay: number;
  readonly duplication: number;
  /** Of posts and of the replies to them alone. */
  readonly crash: number;
  /** The fates of single messages by their names, whatever the percentages say. */
  readonly fates: ReadonlyMap<string, Fate>;
  /** Whose message moves in each turn, by number of the agent; after the last each in turn. Null: as the seed says. */
  readonly turns: readonly number[] | null;
  /** What each agent draws first; afterwards as the seed says. Null: all as the seed says. */
  readonly draws: readonly (readonly number[])[] | null;
}

export type Side = 'exercise' | 'quorate';

/** What a message says. `round` is null where neither side names it. */
export type Content =
  | { readonly kind: 'post'; readonly round: number | null; readonly value: Json }
  /** Of a real group: a proposal that the rule hides, or an abstention. */
  | { readonly kind: 'post'; readonly round: number | null; readonly without: 'hidden' | 'abstain' }
  /** `latest`: an agent that came too late asks where the group is. */
  | { readonly kind: 'ask'; readonly round: number | 'latest' | null }
  /** The number is taken: reply to a post. */
  | { readonly kind: 'taken'; readonly round: number | null }
  | { readonly kind: 'refused'; readonly code: string; readonly round: number | null }
  /** `value`: the decision, where it is known. */
  | {
      readonly kind: 'state';
      readonly state: RoundState;
      readonly round: number | null;
      readonly value: Json;
    };

/** A lifeline by its place in the list of the diagram. */
export type Lifeline = number;

/** What happened, in the order of `at`, the step. Events of one step belong together: what arrived, and what came of it. */
export type DiagramEvent =
  | {
      readonly type: 'message';
      /** The step in which it was sent. */
      readonly at: number;
      readonly from: Lifeline;
      readonly to: Lifeline;
      /** `A3` is the third request of A, `A3r` the reply to it; the same name has the same fate on both sides. Of a real group: a number. */
      readonly name: string;
      readonly content: Content;
      readonly fate: Fate;
      /** The second copy of a message that arrives twice. */
      readonly copy: boolean;
      /** The step in which it arrived; null: it was lost, or was on its way when the run ended. */
      readonly arrived: number | null;
      /** Whether it is one that its receiver expected no longer, and left aside. */
      readonly stale: boolean;
    }
  /** The agent gave up waiting for a reply, and sends the same again. */
  | { readonly type: 'retry'; readonly at: number; readonly who: Lifeline }
  | { readonly type: 'crash' | 'restart'; readonly at: number; readonly who: Lifeline }
  /** What stands beside the lifeline from now on. */
  | { readonly type: 'state'; readonly at: number; readonly who: Lifeline; readonly state: ActorState }
  | ({ readonly type: 'note'; readonly at: number; readonly who: Lifeline } & Note);

/** What is worth saying at a step. */
export type Note =
  /** `count` of `of` numbers are in. */
  | { readonly note: 'in'; readonly count: number; readonly of: number }
  /** A full batch was thrown away: not all had read that the last one failed. */
  | { readonly note: 'thrown-away'; readonly count: number }
  /** All have read FAILED: the state is WAITING again, with `count` numbers that came meanwhile. */
  | { readonly note: 'reset'; readonly count: number }
  /** A round ended; `values` are all that were in, those that the rule reveals; `by`: who put the decision forward, as the run knows. */
  | {
      readonly note: 'closed';
      readonly round: number | null;
      readonly state: RoundState;
      readonly value: Json;
      readonly values: readonly Json[];
      readonly by: readonly Lifeline[];
    }
  /** The same number of the same agent was counted once more; or Quorate answered as the first time. */
  | { readonly note: 'counted-again' | 'counted-once'; readonly agent: Lifeline }
  /** The server started again: with nothing, or by applying so many entries of its log. */
  | { readonly note: 'forgot' }
  | { readonly note: 'replayed'; readonly entries: number };

export type ActorState =
  | {
      readonly kind: 'agent';
      /** `posts`: its number is on its way. `waits`: it asks for the state. `ended`: it was told SUCCESS. `crashed`: till it starts again. */
      readonly phase: 'posts' | 'waits' | 'ended' | 'crashed';
      /** What it drew last. */
      readonly number: Json;
      readonly round: number | null;
      /** What it takes for the decision; null where it was told none. */
      readonly decision: Json;
    }
  | {
      readonly kind: 'server';
      /** What the exercise answers to whoever asks; of Quorate the state of the latest closed round. */
      readonly state: RoundState;
      /** The open round; null where rounds have no numbers. */
      readonly round: number | null;
      /** How many numbers of the open round are in. */
      readonly count: number;
      readonly of: number;
    };

export type Verdict =
  /** All have ended, and enough agents stand behind one number. `round` is null where rounds have no numbers. */
  | { readonly verdict: 'SUCCESS'; readonly value: Json; readonly round: number | null }
  /** Those who have not ended all ask, no number is on its way, and nothing will ever change. */
  | { readonly verdict: 'DEADLOCK'; readonly waiting: readonly Lifeline[] }
  /** All have ended, but: one agent was counted as several; two numbers had the quorum; or agents hold different values. */
  | { readonly verdict: 'WRONG'; readonly why: 'itself' | 'two-values' | 'different'; readonly value: Json }
  /** The run was stopped at its most steps, and might have gone on; or, of a real group, a round is open. */
  | { readonly verdict: 'OPEN' };

/** A run as a message diagram. */
export interface Diagram {
  /** The agents in order, the server last. */
  readonly lifelines: readonly { readonly id: string; readonly kind: 'agent' | 'server' }[];
  readonly events: readonly DiagramEvent[];
  /** The number of the last step; the first is 0, in which all agents post. */
  readonly steps: number;
  readonly verdict: Verdict;
}
