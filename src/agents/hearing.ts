import { hasCode } from '../client/errors.ts';
import type { Group } from '../client/index.ts';

/** The messages of a group that an agent's program has not handled yet. */
export class Hearing {
  private readonly group: Group;
  private readonly agent: string;
  /** Whether the agent has joined, so that the group keeps its cursor. */
  private readonly isMember: boolean;
  /** The offset of the last message that the program has handled; undefined: it is told all that are kept. */
  private after: number | undefined;
  private told: number | undefined;
  /** Whether the group knows from where on the member has to be told, should it die before it has handled anything. */
  private isKnown = false;

  constructor(group: Group, agent: string, from: number | undefined) {
    this.group = group;
    this.agent = agent;
    this.isMember = from !== undefined;
    this.after = from;
  }

  /**
   * What was said since the last turn that went well, without messages that are for others. Calls `onMissed` when some of it is no
   * longer kept, and goes on with the oldest one that is.
   */
  async since(signal: AbortSignal, onMissed: (oldest: number) => void): Promise<readonly object[]> {
    const heard: object[] = [];
    try {
      if (!this.isKnown && this.isMember) await this.group.setCursor(this.agent, this.after as number);
      this.isKnown = true;
      const after = this.after === undefined ? {} : { after: this.after };
      for await (const item of this.group.messages({ ...after, signal })) {
        this.told = item.offset;
        if (!('withheld' in item)) heard.push(item);
      }
    } catch (error) {
      // The servers' log does not know messages yet.
      if (hasCode(error, 'version-not-active')) return [];
      if (!hasCode(error, 'messages-not-kept')) throw error;
      onMissed(error.oldest as number);
      this.after = undefined;
      return this.since(signal, onMissed);
    }
    return heard;
  }

  /** Says that the program has handled what it was told: it is told only what comes later, also when the agent starts again. */
  async handled(): Promise<void> {
    if (this.told === undefined || this.told === this.after) return;
    this.after = this.told;
    if (this.isMember) await this.group.setCursor(this.agent, this.told);
  }
}
