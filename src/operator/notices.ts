/**
 * Reports to the person who runs a server: one line with its time, or with --json one object, for every change of what
 * the server can do. Never contains a proposed value, a token or a password.
 */
export type Notify = (what: NoticeName, notice: Notice) => void;

export interface Notice {
  /** What happened: a sentence without its full stop. */
  readonly says: string;
  /** What to do about it; left out when there is nothing to do. */
  readonly fix?: string | undefined;
  /** The same for programs: members of the JSON object. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

type Level = 'info' | 'warn' | 'error';

/** Every notice there is, with its level. */
const levels = {
  start: 'info',
  'not-durable': 'warn',
  'few-files': 'warn',
  lan: 'warn',
  ready: 'info',
  classroom: 'info',
  'refused-port': 'warn',
  'no-quorum': 'error',
  'quorum-back': 'info',
  behind: 'warn',
  'caught-up': 'info',
  'read-only': 'error',
  writable: 'info',
  'slow-appends': 'warn',
  'time-ahead': 'warn',
  'time-good': 'info',
  'certificate-ends': 'warn',
  'certificate-good': 'info',
  reloaded: 'info',
  'reload-refused': 'error',
  'checkpoint-fallback': 'warn',
  'refused-logins': 'warn',
  'webhook-failing': 'warn',
  'webhook-good': 'info',
  mistake: 'error',
  'log-failed': 'error',
  stopping: 'info',
  stopped: 'info',
} as const satisfies Record<string, Level>;

export type NoticeName = keyof typeof levels;

/** Makes a `Notify` that gives each notice to `write` as one line, without the line end. */
export function notifier(
  write: (line: string, what: NoticeName) => void,
  json = false,
  now: () => Date = () => new Date(),
): Notify {
  return (what, { says, fix, facts }) => {
    const time = now().toISOString();
    const level = levels[what];
    // Facts first: programs wait for a line that begins with {"ready":true.
    if (json) return write(JSON.stringify({ ...facts, time, level, event: what, says, fix }), what);
    const advice = fix === undefined ? '' : `; fix: ${fix}`;
    // Parts of it come from elsewhere and must not start a line of their own.
    write(`${time} ${level.padEnd(5)} ${what}: ${says}${advice}`.replace(/\p{Cc}+/gu, ' '), what);
  };
}

/** Writes warnings and errors to standard error; the default of `serve`. */
export const notifyOfTroubles: Notify = (what, notice) => {
  if (levels[what] !== 'info') notifier((line) => process.stderr.write(`${line}\n`))(what, notice);
};
