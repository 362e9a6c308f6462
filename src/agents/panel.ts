import { setMaxListeners } from 'node:events';
import { isWaived, takesNoNote, unusable } from '../client/agree.ts';
import { hasCode } from '../client/errors.ts';
import { abstain, type Choice, type Group, type Json, type RoundJson } from '../client/index.ts';
import { CommandFailed, type Program, type RoundEnd } from './exec.ts';

/** A program that takes part under a name. */
interface PanelMember {
  readonly agent: string;
  /** The group, under the member's token where it has one. */
  readonly group: Group;
  readonly program: Program;
}

/** What came of asking one member in a round. */
export interface Answer {
  readonly agent: string;
  /**
   * `not-counted`: its answer came when the round was closed, or somebody else had proposed under its name. `stopped`: its
   * program was ended because the round was over.
   */
  readonly did: 'proposed' | 'abstained' | 'not-counted' | 'stopped' | 'not-asked';
  readonly value?: Json;
  /** What it wrote around its value, or why it abstains or was not counted. */
  readonly note?: string;
}

export interface PanelOptions {
  readonly group: Group;
  readonly members: readonly PanelMember[];
  /** How many to ask at first; then one more each time all who were asked have answered and nothing is decided. By default all. */
  readonly askFirst: number | undefined;
  /** End programs that still run once the round is closed; otherwise they are waited for. */
  readonly cancel: boolean;
  /** ms that are left; when there are none, all programs are ended. */
  readonly left: () => number;
  /** Ends all programs, and rejects with its reason. */
  readonly signal: AbortSignal;
  readonly onAnswer: (answer: Answer) => void;
}

/** A round, still open when the time was over, and one answer for each member, in their order. */
export interface PanelRound {
  readonly round: RoundJson;
  readonly answers: readonly Answer[];
}

const waitMs = 30_000;

/** Has one round of a group decided by these members. `last` is the round before, which their programs are told of. */
export async function panelRound(
  options: PanelOptions,
  number: number,
  last: RoundEnd | null,
): Promise<PanelRound> {
  const { members, askFirst, onAnswer } = options;
  const panel = new Asking(options, number);
  const answers = new Map<string, Answer>();
  const ask = async (member: PanelMember): Promise<void> => {
    const answer = await panel.ask(member, last);
    answers.set(member.agent, answer);
    onAnswer(answer);
  };
  const asked: Promise<void>[] = [];
  try {
    while (asked.length < members.length && !panel.isOver) {
      const more = asked.length === 0 ? (askFirst ?? members.length) : 1;
      const wave = members.slice(asked.length, asked.length + more).map(ask);
      asked.push(...wave);
      await Promise.race([Promise.all(wave), panel.over]);
    }
    const [round] = await Promise.all([panel.over, ...asked]);
    const all = members.map(({ agent }): Answer => answers.get(agent) ?? { agent, did: 'not-asked' });
    return { round, answers: all };
  } finally {
    // After an error no program is left behind.
    panel.stop();
    await Promise.allSettled([panel.over, ...asked]);
  }
}

/** One round while its members are asked. */
class Asking {
  /** Resolves with the round once it is closed or the time is over. */
  readonly over: Promise<RoundJson>;
  isOver = false;
  private readonly options: PanelOptions;
  private readonly round: number;
  private readonly ending = new AbortController();
  /** Aborts when programs are to end. */
  private readonly signal: AbortSignal;

  constructor(options: PanelOptions, round: number) {
    this.options = options;
    this.round = round;
    this.signal = AbortSignal.any([options.signal, this.ending.signal]);
    // Each program listens for its end; from eleven on Node would warn of a leak.
    setMaxListeners(0, options.signal, this.signal, process);
    this.over = this.untilOver();
  }

  stop(): void {
    this.ending.abort();
  }

  async ask(member: PanelMember, last: RoundEnd | null): Promise<Answer> {
    const choice = await this.choice(member.program, last);
    if (this.signal.aborted) return { agent: member.agent, did: 'stopped' };
    return this.propose(member, choice);
  }

  /** What the program answers; a program that cannot be used abstains. */
  private async choice(program: Program, last: RoundEnd | null): Promise<Choice> {
    try {
      return await program.propose(last, this.round, this.signal);
    } catch (error) {
      if (error instanceof CommandFailed || this.signal.aborted) return abstain;
      throw error;
    }
  }

  private async propose(member: PanelMember, choice: Choice, withNote = true): Promise<Answer> {
    const { agent, group, program } = member;
    const { signal } = this.options;
    const what = choice === abstain ? ({ abstain: true } as const) : { value: choice };
    const did = choice === abstain ? 'abstained' : 'proposed';
    const note = program.note();
    try {
      const sent = withNote ? note : undefined;
      const round = await group.propose({ agent, round: this.round, signal, note: sent, ...what });
      this.isOver ||= round.state !== 'WAITING';
      const value = choice === abstain ? {} : { value: choice };
      return { agent, did, ...value, ...(note !== undefined && { note }) };
    } catch (error) {
      if (choice !== abstain && hasCode(error, ...unusable))
        return this.propose(member, insteadOf(program, error.detail));
      if (withNote && hasCode(error, ...takesNoNote)) return this.propose(member, choice, false);
      const goesOn = hasCode(error, 'round-closed', 'already-proposed', 'round-full');
      if (!goesOn && !isWaived(error, agent)) throw error;
      return { agent, did: 'not-counted', note: error.detail };
    }
  }

  private async untilOver(): Promise<RoundJson> {
    const { group, cancel, left } = this.options;
    const { signal } = this;
    let round = await group.round(this.round, { signal });
    while (round.state === 'WAITING' && left() > 0) {
      const wait = Math.min(left(), waitMs);
      round = await group.round(this.round, { after: round.revision, wait, signal });
    }
    this.isOver = true;
    if (cancel || round.state === 'WAITING') this.stop();
    return round;
  }
}

function insteadOf(program: Program, why: string): Choice {
  try {
    return program.refused(why);
  } catch (error) {
    if (error instanceof CommandFailed) return abstain;
    throw error;
  }
}
