/**
 * What the person who runs a server is told: one line with its time, or with --json one object, for every change of
 * what the server can do. Never a proposed value, a token or a password.
 */
export type Tell = (what: Happening, told: Told) => void;

export interface Told {
  /** What happened, in a sentence without its full stop. */
  readonly says: string;
  /** What to do about it; left out where there is nothing to do. */
  readonly fix?: string | undefined;
  /** The same for programs: members of the JSON object. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

type Level = 'info' | 'warn' | 'error';

/** Everything that can be told, and how bad it is. */
const levels = {
  start: 'info',
  'not-durable': 'warn',
  'few-files': 'warn',
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
  mistake: 'error',
  'log-failed': 'error',
  stopping: 'info',
  stopped: 'info',
} as const satisfies Record<string, Level>;

export type Happening = keyof typeof levels;

/** Tells by `write`, which is given one line without its end, and what the line is about. */
export function teller(
  write: (line: string, what: Happening) => void,
  json = false,
  now: () => Date = () => new Date(),
): Tell {
  return (what, { says, fix, facts }) => {
    const time = now().toISOString();
    const level = levels[what];
    // Facts first: programs wait for a line that begins with {"ready":true.
    if (json) return write(JSON.stringify({ ...facts, time, level, event: what, says, fix }), what);
    const remedy = fix === undefined ? '' : `; fix: ${fix}`;
    // Texts of others are in it, which must not make a line of their own.
    write(`${time} ${level.padEnd(5)} ${what}: ${says}${remedy}`.replace(/\p{Cc}+/gu, ' '), what);
  };
}

/** Tells on standard error what is not in order. */
export const tellTroubles: Tell = (what, told) => {
  if (levels[what] !== 'info') teller((line) => process.stderr.write(`${line}\n`))(what, told);
};
