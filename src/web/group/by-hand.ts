import { signal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import type { Group } from '../../client/group.ts';
import type { GroupJson, RoundJson } from '../../client/index.ts';
import { tokenIn, withToken } from '../token.ts';

/** What a reader may do to a round by hand. Whether the server lets it, it says when asked. */
export interface May {
  readonly close: boolean;
  /** ms by which the deadline may be put off; null: there is none to put off. */
  readonly extend: number | null;
  /** The number of the round that may be opened; null: none. */
  readonly open: number | null;
  /** Whether missing electors may be waived. */
  readonly waive: boolean;
  /** Whether a claim may be given back in place of its holder, and webhooks are shown. */
  readonly manage: boolean;
}

/** What "Extend" adds, ms. */
const extension = 120_000;

/** `you`: the agent that looks; null where it has no name in this group. */
export function mayOf(
  { group, admission, mayClose, mayWaive, status }: GroupJson,
  round: RoundJson,
  you: string | null,
): May {
  // Without keys whoever reaches the server may manage, unless it has an administrator: that shows when one tries.
  const manages = admission === 'open' || tokenIn(group) !== null;
  const named = you !== null && (mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(you)));
  const closes = (manages || named) && round.state === 'WAITING' && round.eligible > 0;
  const waives = manages || (you !== null && mayWaive !== 'admin' && mayWaive.includes(you));
  return {
    close: closes,
    extend: closes && round.deadlineAt !== null ? extension : null,
    open: manages && status === 'idle' && round.state !== 'WAITING' ? round.round + 1 : null,
    waive: waives && round.state === 'WAITING' && round.missing.length > 0,
    manage: manages,
  };
}

/** Something that was done by hand and how it went. */
interface Doing {
  readonly isBusy: boolean;
  /** Null: it went well, or nothing was done yet. */
  readonly failed: QuorateError | null;
  /** What came of it, where the page does not show it at once anyway; null: nothing to say. */
  readonly done: string | null;
}

const idle: Doing = { isBusy: false, failed: null, done: null };

/** What somebody does to the group, sent with the token that they gave the page; a text says what came of it. */
type Act = (group: Group) => Promise<unknown>;

/** One thing at a time; what the server refused stands until the next. */
export function doer(group: Group) {
  const doing = signal(idle);
  let last: Act = async () => {};
  const run = async (act: Act): Promise<void> => {
    if (doing.peek().isBusy) return;
    last = act;
    doing.value = { ...idle, isBusy: true };
    try {
      const came = await act(withToken(group));
      doing.value = typeof came === 'string' ? { ...idle, done: came } : idle;
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      doing.value = { ...idle, failed: error };
    }
  };
  return { doing, run, again: () => run(last) };
}
