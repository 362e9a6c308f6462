import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type Group } from '../../client/index.ts';
import { type RunningServer, serve } from '../../serve.ts';
import { CliError, exit } from '../exit.ts';
import { print } from '../output.ts';
import { showOnTerminal } from '../qr.ts';
import { openBrowser } from './browser.ts';
import { Part } from './part.ts';
import { onSignal } from './signal.ts';
import { type DemoOptions, demoRound } from './text.ts';

/** The demo that people take part in: agents at a pace that one can watch, and a free seat for whoever comes. */

export const groupName = 'demo';
/** How long an agent thinks before it proposes, ms. */
const humanPace = [1500, 5000] as const;
/** The same where they are alone: each round waits for the slowest of them, and a pause of the log has to be seen. */
const alonePace = [200, 900] as const;
/** Numbers up to which people choose a card instead of typing. */
const mostCards = 12;

/** Whether somebody takes part besides the agents. */
export function isForPeople({ open, lan }: DemoOptions): boolean {
  return open || lan;
}

/** The group: as many seats as there are agents, and one for the person here or 30 for a class. Rounds follow each other by the clock. */
export function settingsForPeople({ agents, quorum, max, lan }: DemoOptions): Parameters<Group['create']>[0] {
  const options = max <= mostCards ? { options: Array.from({ length: max }, (_, i) => i + 1) } : {};
  const rule = { electorate: { size: agents + (lan ? 30 : 1) }, threshold: quorum, ...options };
  const rounds = {
    deadline: lan ? '30s' : '20s',
    onDeadline: 'decide',
    next: 'continuous',
    revote: true,
  } as const;
  return { title: `A number from 1 to ${max}`, rule: { ...rule, ...rounds } };
}

/** The processes of the agents, not started yet. Each asks the servers in an order of its own. */
export function agentParts(urls: readonly string[], { agents, max, ...options }: DemoOptions): Part[] {
  const main = fileURLToPath(new URL('./cluster-agent.js', import.meta.url));
  return Array.from({ length: agents }, (_, i) => {
    const first = i % urls.length;
    const rotated = [...urls.slice(first), ...urls.slice(0, first)];
    const agent = `agent-${i + 1}`;
    const isAlone = options.cluster && !options.lan;
    const pace = isForPeople({ agents, max, ...options }) ? { pace: isAlone ? alonePace : humanPace } : {};
    const task = JSON.stringify({ urls: rotated, group: groupName, agent, max, ...pace });
    return new Part(agent, [process.execPath, main, task]);
  });
}

export interface Invitation {
  readonly url: string;
  readonly lanUrls: readonly string[];
}

/** Says where people take part, and opens the page for the person here. */
export async function invitePeople(
  { open, json }: DemoOptions,
  { url, lanUrls }: Invitation,
  say: (line: string) => void,
): Promise<void> {
  // Under the address for others, the page shows them a code that they can use.
  const page = `${lanUrls[0] ?? url}/g/${groupName}?guest`;
  const phones = lanUrls.map((lan) => `${lan}/g/${groupName}/vote`);
  if (json) print(JSON.stringify({ page, url, lanUrls }));
  else {
    for (const phone of phones) say(`phones vote at  ${phone}`);
    showOnTerminal(phones);
  }
  const isOpen = open && (await openBrowser(page));
  say(`${open && !isOpen ? 'no browser could be opened; open the page yourself' : 'the page'}: ${page}`);
  say('it goes on until you stop it: Ctrl-C\n');
}

/** Runs the demo until Ctrl-C. Then all its processes end and all its files are removed, unless `keep` is set. */
export async function runForPeople(options: DemoOptions, say: (line: string) => void): Promise<number> {
  const ending = new AbortController();
  const directory = mkdtempSync(join(tmpdir(), 'quorate-demo-'));
  const parts: Part[] = [];
  let server: RunningServer | null = null;
  const cleanUp = (): void => {
    for (const { pid, running } of parts) if (running && pid !== undefined) process.kill(pid, 'SIGKILL');
    if (!options.keep) rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  const interrupted = onSignal(ending);
  try {
    const { lan } = options;
    // A directory for temporary files may be in memory, which is enough for a demo.
    server = await serve({ port: 0, lan, log: `file:${directory}`, acceptLoss: true });
    void server.failed.then((error) =>
      ending.abort(new CliError(`the log failed: ${error.message}`, 'look at the disk', exit.internal)),
    );
    const { signal } = ending;
    const demo = connect({ url: server.url }).group(groupName);
    await demo.create(settingsForPeople(options), { signal });
    parts.push(...agentParts([server.url], options));
    for (const agent of parts) agent.start();
    const { agents, quorum, max } = options;
    say(`server at ${server.url}, log on disk in ${directory}`);
    say(`${agents} agents, and whoever comes, propose from 1 to ${max}; ${quorum} equal numbers decide`);
    await invitePeople(options, server, say);
    for await (const round of demo.watch({ signal })) {
      if (round.state !== 'WAITING') say(demoRound(round));
      const ended = parts.find(({ running }) => !running);
      if (ended !== undefined)
        throw new CliError(`${ended.name} ended`, `its last output: ${ended.lastOutput}`);
    }
    return exit.agreed;
  } catch (error) {
    if (interrupted.code !== null) return exit.agreed;
    throw ending.signal.aborted ? ending.signal.reason : asUsage(error);
  } finally {
    await Promise.all(parts.map((part) => part.kill()));
    await server?.stop();
    cleanUp();
    process.removeListener('exit', cleanUp);
    interrupted.forget();
    if (options.keep) say(`its data stays in ${directory}: npx quorate server --data ${directory}`);
  }
}

/** `serve` throws a plain Error, which says what to do, where there is no network. */
function asUsage(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'Error' || 'code' in error) return error;
  return new CliError(error.message, 'leave out --lan to show it on this machine alone', exit.usage);
}
