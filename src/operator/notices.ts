/**
 * Reports to the person who runs a server: one line with its time for every change of what the server can do. Never contains a
 * proposed value, a token or a password.
 */
export type Notify = (what: NoticeName, notice: Notice) => void;

export interface Notice {
  /** What happened: a sentence without its full stop. */
  readonly says: string;
  /** What to do about it; left out when there is nothing to do. */
  readonly fix?: string | undefined;
  /** The same for programs: members of the JSON object. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>;
}

/** From the most important one to the least. */
export const levels = ['error', 'warn', 'info', 'debug'] as const;

export type Level = (typeof levels)[number];

/** Lines for people, or JSON objects for programs. */
export const formats = ['text', 'json'] as const;

export type Format = (typeof formats)[number];

/** Every notice there is, with its level. */
export const notices = {
  start: 'info',
  'not-durable': 'warn',
  'few-files': 'warn',
  lan: 'warn',
  open: 'warn',
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
  'lines-dropped': 'warn',
  'round-closed': 'info',
  request: 'debug',
  stopping: 'info',
  stopped: 'info',
} as const satisfies Record<string, Level>;

export type NoticeName = keyof typeof notices;

/** How much is reported besides changes of what the server can do: each closed round, or each request too. */
export type Detail = 'changes' | 'rounds' | 'requests';
