import { basename } from 'node:path';
import type { ClaimJson, Json } from '../../client/index.ts';
import { oneLine, valueText } from '../output.ts';
import type { Argv } from './command.ts';

/** The result of a command, as it is stored for everybody who may read the group: never its arguments or its output. */
export function resultOf([program]: Argv, exitCode: number): Json {
  return { command: basename(program).slice(0, 200), exitCode };
}

/** The exit code that a result tells; 0 where another program than a gate has spent the decision. */
export function exitCodeIn(result: Json): number {
  return isResult(result) ? result.exitCode : 0;
}

/** One line that says who has acted, and what came of it. */
export function claimLine({ round, holder, fence, result }: ClaimJson): string {
  const what = isResult(result)
    ? `${result.command} ended with exit code ${result.exitCode}`
    : `done with ${valueText(result)}`;
  return oneLine(`round ${round}  ${what}  by ${holder}, fence ${fence}`);
}

function isResult(result: Json): result is { readonly command: string; readonly exitCode: number } {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return false;
  const { command, exitCode } = result as { readonly [name: string]: Json };
  return typeof command === 'string' && Number.isSafeInteger(exitCode);
}
