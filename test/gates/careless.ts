import { spawn } from 'node:child_process';
import { type ClaimJson, connect, QuorateError } from '../../src/client/index.ts';

/**
 * careless.js FAULT URL GROUP LEASE_MS COMMAND...: a gate with a fault, which must be found. `none` has none but that nobody stops the
 * command of a gate that was killed; `ignores-loss` goes on when its claim is lost, and ends as its own command does; `done-first` says
 * that it is done before it runs the command.
 */
const [fault = '', url = '', name = '', lease = '', program = '', ...args] = process.argv.slice(2);
const group = connect({ url }).group(name);

function finish(claim: ClaimJson): never {
  process.stdout.write(`${JSON.stringify({ claim })}\n`);
  process.exit(0);
}

/** Runs the command to its end, or until `signal`. */
async function run(fence: number, holder: string, signal: AbortSignal | undefined): Promise<number | null> {
  const env = { ...process.env, QUORATE_GROUP: name, QUORATE_FENCE: String(fence), QUORATE_HOLDER: holder };
  const child = spawn(program, args, {
    env,
    stdio: 'ignore',
    killSignal: 'SIGKILL',
    ...(signal && { signal }),
  });
  child.on('error', () => undefined);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Acts on the decision when nobody else does; else waits for who does. */
async function pass(): Promise<void> {
  let holding: { round: number; revision: number };
  try {
    const claim = await group.claim(1, { value: 'go', lease: Number(lease) });
    const { fence, claimed, signal } = claim;
    const told = fault === 'done-first' ? await claim.done({ exitCode: 0 }) : null;
    const exitCode = await run(fence, claimed.holder ?? '', fault === 'ignores-loss' ? undefined : signal);
    if (told !== null) finish(told);
    if (fault === 'ignores-loss') finish(await claim.done({ exitCode }).catch(() => claimed));
    if (exitCode !== null) finish(await claim.done({ exitCode }));
    holding = claimed;
  } catch (error) {
    if (!(error instanceof QuorateError)) throw error;
    if (error.code === 'spent' && error.claim !== null) finish(error.claim);
    if (error.code !== 'claimed' || error.claim === null) {
      if (error.code !== 'stale-fence' && error.code !== 'no-decision') throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return;
    }
    holding = error.claim;
  }
  const { round, revision: after } = holding;
  const claim = await group.readClaim(round, { after, wait: '10s' });
  if (claim.state === 'spent') finish(claim);
}

await group.round(1, { wait: '1m' });
for (;;) await pass();
