import type { Notice, NoticeName, Notify } from './notices.ts';

/** Something that keeps a server from doing all it should, for as long as it lasts. */
export interface Condition {
  /** What is told when it begins, and when it has ended. */
  readonly begins: NoticeName;
  readonly ends: NoticeName;
  /** What is wrong now, or null. Looked at several times a second: cheap. */
  look(): Wrong | null;
  /** What is told at its end. */
  readonly over: string;
}

export interface Wrong extends Notice {
  /** How bad it has become: it is told again when that changes. */
  readonly stage?: string;
}

/** ms between two looks. */
const lookEvery = 500;

/** Looks at conditions, and tells of each when it begins and when it ends. */
export class Conditions {
  private readonly conditions: readonly Condition[];
  private readonly notify: Notify;
  /** The stage of each that lasts. */
  private readonly lasting = new Map<Condition, string>();
  private readonly timer: ReturnType<typeof setInterval>;

  /** Looks at once, then by itself until `stop`. */
  constructor(conditions: readonly Condition[], notify: Notify) {
    this.conditions = conditions;
    this.notify = notify;
    this.look();
    this.timer = setInterval(() => this.look(), lookEvery);
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
