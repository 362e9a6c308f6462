import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type RoundJson } from '../../client/index.ts';
import { type RunningServer, serve } from '../../serve.ts';
import { CliError, exit } from '../exit.ts';
import { note, print } from '../output.ts';
import { type AgentProcess, startAgent } from './agent.ts';
import { onSignal } from './signal.ts';
import { byHand, type DemoOptions, demoEnd, demoRound } from './text.ts';

const limitMs = 60_000;
const group = 'demo';

/** Runs the demo. At its end all its processes end and all its files are removed, unless `keep` is set. */
export async function runDemo(options: DemoOptions, say: (line: string) => void): Promise<number> {
  const started = performance.now();
  const ending = new AbortController();
  const directory = mkdtempSync(join(tmpdir(), 'quorate-demo-'));
  const agents: AgentProcess[] = [];
  let server: RunningServer | null = null;
  const cleanUp = () => {
    for (const agent of agents) agent.kill();
    if (!options.keep) rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  const interrupted = onSignal(ending);
  const limit = setTimeout(() => ending.abort(noConsensus()), limitMs);
  try {
    // A directory for temporary files may be in memory, which is enough for a log of one minute.
    server = await serve({ port: 0, host: '127.0.0.1', log: `file:${directory}`, acceptLoss: true });
    void server.failed.then((error) =>
      ending.abort(new CliError(`the log failed: ${error.message}`, 'look at the disk', exit.internal)),
    );
    say(`server at ${server.url}, log on disk in ${directory}`);
    const closed = await agreeOn(server.url, options, agents, ending, say);
    const decision = closed.at(-1) as RoundJson;
    const seconds = Math.round((performance.now() - started) / 10) / 100;
    await Promise.all(agents.map((agent) => agent.ended));
    clearTimeout(limit);
    say(demoEnd(decision, seconds));
    say(byHand(options.keep ? server.url : null));
    if (options.json) print(JSON.stringify(report(options, closed, seconds, server)));
    if (options.keep) await keepRunning(server, directory, ending.signal);
    return exit.agreed;
  } catch (error) {
    if (interrupted.code !== null) return interrupted.code;
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    clearTimeout(limit);
    for (const agent of agents) agent.kill();
    await Promise.all(agents.map((agent) => agent.ended.catch(() => {})));
    await server?.stop();
    cleanUp();
    process.removeListener('exit', cleanUp);
    interrupted.forget();
  }
}

/** Creates the group, starts the agents, and prints each closed round until one succeeds; returns these rounds. */
async function agreeOn(
  url: string,
  { agents: count, quorum, max }: DemoOptions,
  agents: AgentProcess[],
  ending: AbortController,
  say: (line: string) => void,
): Promise<readonly RoundJson[]> {
  const { signal } = ending;
  const demo = connect({ url }).group(group);
  const names = Array.from({ length: count }, (_, i) => `agent-${i + 1}`);
  await demo.create({ rule: { electorate: { agents: names }, threshold: quorum } }, { signal });
  say(`${count} agents, each a process of its own, draw from 1 to ${max}; ${quorum} equal numbers decide\n`);
  for (const name of names) {
    const agent = startAgent({ url, group, name, max, limitMs });
    agent.ended.catch((error) => ending.abort(error));
    agents.push(agent);
  }
  const closed: RoundJson[] = [];
  for await (const round of demo.watch({ signal })) {
    if (round.state === 'WAITING') continue;
    closed.push(round);
    say(demoRound(round));
    if (round.state === 'SUCCESS') break;
  }
  return closed;
}

function report(
  { agents, quorum, max }: DemoOptions,
  history: readonly RoundJson[],
  seconds: number,
  server: RunningServer,
) {
  const { state, value, round: rounds } = history.at(-1) as RoundJson;
  return { state, value, rounds, agents, quorum, max, seconds, durability: server.durability, history };
}

/** Waits for a signal, or for a failure of the log. The server's socket keeps the process running. */
async function keepRunning(server: RunningServer, directory: string, ending: AbortSignal): Promise<void> {
  note(`\nThe server goes on at ${server.url} until you stop it: Ctrl-C, or kill ${process.pid}`);
  note(`Its data stays in ${directory}; serve it again with: npx quorate server --data ${directory}`);
  await new Promise((resolve) => ending.addEventListener('abort', resolve, { once: true }));
  if (ending.reason instanceof CliError) throw ending.reason;
}

function noConsensus(): CliError {
  const fix = 'ask for fewer equal numbers (--quorum) or draw from fewer (--max)';
  return new CliError(`no agreement within ${limitMs / 1000} s`, fix, exit.undecided);
}
