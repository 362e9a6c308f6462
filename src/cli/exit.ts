import { CannotBeSent } from '../client/header.ts';
import { QuorateError, type RoundJson } from '../client/index.ts';
import { fixOf } from './fixes.ts';
import { note, paint, plain, print } from './output.ts';

/** The exit codes; --help documents them. */
export const exit = {
  agreed: 0,
  failed: 1,
  usage: 2,
  undecided: 3,
  unreachable: 69,
  internal: 70,
} as const;

export const exitCodesHelp =
  'Exit codes: 0 agreed or done, 1 failed or refused, 2 usage, 3 no outcome in time, 69 server unreachable (or no etcd for --cluster), 70 internal, 129, 130 and 143 stopped by a signal';

/** Sets the exit code of a command that does not end in an error. */
export type End = (code: number) => void;

/** An error that the user can fix. It is shown without its stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly fix: string;
  readonly exitCode: number;

  constructor(message: string, fix: string, exitCode: number = exit.failed) {
    super(message);
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

export function codeFor(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof CannotBeSent) return exit.usage;
  if (!(error instanceof QuorateError)) return exit.internal;
  if (error.code === 'unreachable') return exit.unreachable;
  return error.code === 'deadline' || error.code === 'no-open-round' ? exit.undecided : exit.failed;
}

/** The exit code for a round: agreed, failed, or no outcome yet. */
export function codeOf({ state }: RoundJson): number {
  if (state === 'SUCCESS') return exit.agreed;
  return state === 'FAILED' ? exit.failed : exit.undecided;
}

/** Prints an error and its fix on stderr. */
export function complain(error: unknown, json: boolean): void {
  const { title, detail, fix, errors } = explain(error);
  if (json) {
    const code = error instanceof QuorateError ? error.code : 'error';
    note(JSON.stringify({ error: { code, title, detail, fix, errors } }));
    return;
  }
  note(`${paint('red', 'error', process.stderr)}: ${plain(title)}`);
  if (errors.length > 0) for (const one of errors) note(`  ${plain(one.field)}: ${plain(one.fix)}`);
  else if (detail !== '') note(`  ${plain(detail)}`);
  if (fix !== '') note(`  fix: ${plain(fix)}`);
}

/** Why a line of many was not taken. */
export interface RefusedLine {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
}

/** Prints why line number `line` of many was not taken: on stderr, or with `json` among the answers. */
export function complainOfLine(line: number, { code, title, detail, fix }: RefusedLine, json: boolean): void {
  if (json) {
    print(JSON.stringify({ line, error: { code, title, detail, fix } }));
    return;
  }
  const what = detail === '' ? plain(title) : `${plain(title)}: ${plain(detail)}`;
  note(`line ${line}: ${paint('red', 'error', process.stderr)}: ${what}`);
  if (fix !== '') note(`  fix: ${plain(fix)}`);
}

/** What is said of an error: what it is, what is so in this case, and how to fix it. */
export function explain(error: unknown) {
  if (error instanceof QuorateError) {
    const { title, errors, since } = error;
    const when = error.code === 'invite-used' ? 'at' : 'since';
    const detail = since === null ? error.detail : `${error.detail} ${when} ${since}`;
    return { title, detail, errors, fix: fixOf(error) };
  }
  if (error instanceof CliError) return { title: error.message, detail: '', fix: error.fix, errors: [] };
  if (error instanceof CannotBeSent) {
    const fix =
      'look at --token-file, --token, QUORATE_TOKEN and --join-key: one of them is not what you mean';
    return { title: error.message, detail: '', fix, errors: [] };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { title: 'Internal error', detail, fix: 'please report this with what you did before', errors: [] };
}

/** The message of an error, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
