import { hasCode } from '../../client/errors.ts';
import type { Claim, RoundJson } from '../../client/index.ts';
import { systemClock } from '../../client/time.ts';
import { CliError, exit } from '../exit.ts';
import { note } from '../output.ts';
import { type Running, start } from './command.ts';
import { answerMs, type GateEnd, type How } from './how.ts';
import { resultOf } from './result.ts';
import { variablesOf } from './variables.ts';

// Who has run the command has this long to say so at least: else another would run it again.
const tellMs = 60_000;
// Those of SIGHUP, SIGINT and SIGTERM, also where a shell passes on how its program has ended.
const stoppedCodes: readonly number[] = [129, 130, 143];
const alsoStoppedMs = 1000;

/**
 * Runs the command under a claim, and says what came of it. Resolves with null when the claim was lost, so that this run waits as the
 * others do; rejects with the reason of `signal` once it aborts, when the command is stopped.
 */
export async function act(
  claim: Claim,
  round: RoundJson,
  how: How,
  signal: AbortSignal,
): Promise<GateEnd | null> {
  const { command, stdout, grace, lease } = how;
  const env = { ...process.env, ...variablesOf(claim, round) };
  let running: Running;
  try {
    running = await start(command, env, stdout, Math.min(grace, lease / 4));
  } catch (error) {
    await giveBack(claim);
    throw error;
  }
  const exitCode = await whileHeld(claim, running, how, signal);
  // Who stops a whole job signals its processes one by one, and this gate may not be the first.
  if (exitCode !== null && stoppedCodes.includes(exitCode))
    await systemClock.sleep(alsoStoppedMs, signal).catch(() => undefined);
  const stop = (): Promise<boolean> =>
    running.stop(Math.min(grace, Math.max(lease / 4, claim.left - lease / 20)));
  // What ends with a failure while this gate is being stopped was stopped with it.
  if (exitCode !== null && (exitCode === 0 || !signal.aborted)) {
    // What a failed command has left running must not meet the next one.
    if (exitCode !== 0 && how.onFailure === 'release' && !(await stop()))
      note('what the command has started cannot be stopped');
    return tell(claim, round, how, exitCode);
  }
  if (!(await stop())) note('the command cannot be stopped; its claim is left to run out');
  else if (claim.held) await giveBack(claim);
  signal.throwIfAborted();
  note(`the claim on round ${round.round} may pass on to another: the command was stopped`);
  return null;
}

/** How long before the end of its lease a command is told to stop, ms: it then has its grace, and is killed before the end. */
export function marginMs({ grace, lease }: How): number {
  return lease / 20 + Math.min(grace, lease / 4);
}

/** Gives a claim back where that can be said; else it runs out. */
export async function giveBack(claim: Claim): Promise<void> {
  await claim.release({ deadline: answerMs }).catch(() => undefined);
}

/** The exit code of the command; null when it must be stopped, for a signal or before its claim can be over. */
async function whileHeld(
  claim: Claim,
  running: Running,
  how: How,
  stop: AbortSignal,
): Promise<number | null> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, stop]);
  const over = async (): Promise<null> => {
    for (;;) {
      const left = claim.left - marginMs(how);
      if (left <= 0) return null;
      await Promise.race([systemClock.sleep(left, signal), claim.lost]);
    }
  };
  try {
    return await Promise.race([running.ended, over().catch(() => null)]);
  } finally {
    ended.abort();
  }
}

/** Says what came of the command; null when another has claimed meanwhile. A signal does not keep it from being said. */
async function tell(
  claim: Claim,
  round: RoundJson,
  { command, timeout, onFailure }: How,
  exitCode: number,
): Promise<GateEnd | null> {
  const deadline = Math.max(timeout, tellMs);
  try {
    if (exitCode !== 0 && onFailure === 'release')
      return { state: 'released', round, claim: await claim.release({ deadline }), exitCode };
    const spent = await claim.done(resultOf(command, exitCode), { deadline });
    return { state: 'done', round, claim: spent, here: true };
  } catch (error) {
    const what = `the command ended with exit code ${exitCode}`;
    if (hasCode(error, 'stale-fence')) {
      note(`${what}, but another may have acted since: ${error.detail}`);
      return null;
    }
    if (!hasCode(error, 'unreachable', 'deadline')) throw error;
    throw new CliError(
      `${what}, but no server could be told: ${error.detail}`,
      'another gate may run it again when its claim has run out: see that what it acts on refuses a lower fence',
      exit.unreachable,
    );
  }
}
