import type { Notice, NoticeName, Notify } from './notices.ts';

/** A state of trouble that begins and ends, such as a lost quorum. */
export interface Condition {
  /** The notices of its begin and its end. */
  readonly begins: NoticeName;
  readonly ends: NoticeName;
  /** What is wrong now, or null. Called several times a second, so it must be cheap. */
  look(): Wrong | null;
  /** The sentence of the notice at its end. */
  readonly over: string;
}

export interface Wrong extends Notice {
  /** How bad it is; a change causes another notice. */
  readonly stage?: string;
}

const lookEveryMs = 500;

/** Checks conditions regularly and sends a notice when one begins and when it ends. */
export class Conditions {
  private readonly conditions: readonly Condition[];
  private readonly notify: Notify;
  /** The present conditions, each with its stage. */
  private readonly lasting = new Map<Condition, string>();
  private readonly timer: ReturnType<typeof setInterval>;

  /** Checks at once, then by itself until `stop`. */
  constructor(conditions: readonly Condition[], notify: Notify) {
    this.conditions = conditions;
    this.notify = notify;
    this.look();
    this.timer = setInterval(() => this.look(), lookEveryMs);
    this.timer.unref();
  }

  look(): void {
    for (const condition of this.conditions) {
      const wrong = condition.look();
      const before = this.lasting.get(condition);
      if (wrong === null) {
        if (this.lasting.delete(condition)) this.notify(condition.ends, { says: condition.over });
        continue;
      }
      const { stage = '', ...notice } = wrong;
      this.lasting.set(condition, stage);
      if (stage !== before) this.notify(condition.begins, notice);
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
