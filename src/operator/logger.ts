import { pino } from 'pino';
import { type Format, type Level, type NoticeName, type Notify, notices } from './notices.ts';
import { hidden, secretMembers, textWithoutSecrets } from './secrets.ts';

export interface LoggerOptions {
  /** Takes one line without its end; returns false when there is no room for it, and the line is dropped. */
  readonly write: (line: string, what: NoticeName) => boolean;
  /** Lines for people, or JSON objects for programs; text by default. */
  readonly format?: (what: NoticeName) => Format;
  /** What is less important than this is left out, but not `ready`, which programs wait for. */
  readonly level?: Level;
  readonly now?: () => Date;
}

/** Makes a `Notify` that gives each notice to `write` as one line. Everything that a server says goes this way. */
export function logger(options: LoggerOptions): Notify {
  const { write, format = () => 'text', level = 'info', now = () => new Date() } = options;
  let what: NoticeName = 'start';
  let dropped = 0;
  const stream = {
    write(json: string): void {
      const line =
        format(what) === 'text' ? textLine(json) : what === 'ready' ? readyLine(json) : json.trimEnd();
      if (!write(line, what)) dropped += 1;
    },
  };
  const all = pino(
    {
      level: 'debug',
      base: null,
      redact: { paths: [...secretMembers], censor: hidden },
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const chosen = all.child({}, { level });
  const say: Notify = (event, { says, fix, facts }) => {
    what = event;
    const texts = {
      says: textWithoutSecrets(says),
      ...(fix !== undefined && { fix: textWithoutSecrets(fix) }),
    };
    (event === 'ready' ? all : chosen)[notices[event]]({ event, ...texts, ...facts });
  };
  const sayDropped = (): void => {
    const count = dropped;
    const says = `${count} lines before this one were not written: nobody reads them, or too slowly`;
    dropped = 0;
    say('lines-dropped', { says, facts: { count } });
    // That one does not count.
    if (dropped > 0) dropped = count;
  };
  return (event, notice) => {
    if (dropped > 0) sayDropped();
    say(event, notice);
  };
}

/** Programs wait for a line that begins with {"ready":true. */
function readyLine(json: string): string {
  const { level, time, event, says, ...facts } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify({ ...facts, time, level, event, says });
}

function textLine(json: string): string {
  const { level, time, event, says, fix } = JSON.parse(json) as Record<string, string>;
  const advice = fix === undefined ? '' : `; fix: ${fix}`;
  // Parts of it come from elsewhere and must not start a line of their own.
  return `${time} ${level?.padEnd(5)} ${event}: ${says}${advice}`.replace(/\p{Cc}+/gu, ' ');
}

/** Bytes of lines that may wait for who reads them. */
const mostWaiting = 1024 * 1024;

/** Writes a line to a stream whose reader may be slow: false when too much waits already. Nobody else waits for the reader. */
export function writeTo(
  stream: NodeJS.WritableStream & { readonly writableLength: number },
  line: string,
): boolean {
  if (stream.writableLength > mostWaiting) return false;
  stream.write(`${line}\n`);
  return true;
}

/** Warnings and errors as text to standard error; the default of `serve`. */
export function notifyOfTroubles(): Notify {
  return logger({ write: (line) => writeTo(process.stderr, line), level: 'warn' });
}
