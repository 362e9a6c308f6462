import type { ClaimJson } from '../../src/client/index.ts';
import type { Answer, Exchange } from './proxy.ts';
import type { Verdict, Write } from './resource.ts';

/** All that happened in one run, each list in the order in which it happened. */
export interface Record {
  readonly exchanges: readonly Exchanged[];
  readonly writes: readonly Written[];
  /** How the gates ended that were not killed. */
  readonly ends: readonly GateEnd[];
  /** The claim as a server shows it at the end. */
  readonly claim: ClaimJson;
  /** Commands that still run when all gates have ended. */
  readonly leftRunning: readonly number[];
  /** Commands that their gates should have stopped. */
  readonly notStopped: readonly number[];
}

export interface Exchanged {
  readonly gate: number;
  readonly exchange: Exchange;
  readonly answer: Answer;
  /** The highest fence that any gate's answer had given when this was sent on to a server. */
  readonly highestBefore: number;
}

export interface Written {
  readonly write: Write;
  readonly verdict: Verdict;
}

interface GateEnd {
  readonly gate: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is wrong with a run, as texts; empty when all promises were kept. */
export function judge(record: Record): string[] {
  return [...fences(record), ...spending(record), ...releases(record), ...endings(record)];
}

const isOk = ({ answer }: Exchanged): boolean => answer.status < 300;

/** At most one holder per fence, and nothing for an old one. [Q10.1] [Q10.7] */
function fences({ exchanges }: Record): string[] {
  const faults: string[] = [];
  const holders = new Map<number, string>();
  for (const { exchange, answer, highestBefore } of exchanges.filter(isOk)) {
    const { what, body } = exchange;
    const fence = what === 'claim' ? (answer.body.fence as number) : (body.fence as number);
    if (fence < highestBefore) faults.push(`${what} under fence ${fence} was taken after ${highestBefore}`);
    if (what !== 'claim') continue;
    const holder = holders.get(fence) ?? body.holder;
    if (holder !== body.holder) faults.push(`fence ${fence} was given to ${holder} and to ${body.holder}`);
    holders.set(fence, holder as string);
  }
  return faults;
}

/** Spent once, and no `done` that was acknowledged is lost. [Q10.11] */
function spending({ exchanges, claim }: Record): string[] {
  const done = exchanges.filter((one) => one.exchange.what === 'done' && isOk(one));
  const spent = new Set(done.map(({ exchange }) => exchange.body.fence));
  const faults: string[] = [];
  if (spent.size > 1) faults.push(`done was taken under the fences ${[...spent].join(', ')}`);
  if (claim.state !== 'spent') faults.push(`the claim is ${claim.state} in the end`);
  for (const fence of spent)
    if (claim.fence !== fence)
      faults.push(`done under fence ${fence} was lost: the claim shows ${claim.fence}`);
  return faults;
}

/** Released once, both halves by one run, and nothing written under a lower fence than one before. [Q10.12] */
function releases({ writes }: Record): string[] {
  const faults: string[] = [];
  let highest = 0;
  let first = 0;
  let released = 0;
  for (const { write, verdict } of writes) {
    const { act, fence } = write;
    if (verdict !== 'accepted') continue;
    if (fence < highest) faults.push(`${act} under fence ${fence} was accepted after ${highest}`);
    highest = Math.max(highest, fence);
    if (act === 'first') first = fence;
    if (act !== 'last') continue;
    released += 1;
    if (first !== fence) faults.push(`the release is half of fence ${first} and half of ${fence}`);
  }
  if (released !== 1) faults.push(`the command ran to its end ${released} times`);
  return faults;
}

/** All gates that live end alike, and leave nothing running. */
function endings({ ends, claim, leftRunning, notStopped }: Record): string[] {
  const faults = ends.flatMap(({ gate, code, stdout, stderr }) => {
    const shown = claimIn(stdout);
    const isSame =
      shown?.fence === claim.fence && JSON.stringify(shown?.result) === JSON.stringify(claim.result);
    return code === 0 && isSame
      ? []
      : [`gate ${gate} ended with ${code} and ${stdout.trim() || stderr.trim()}`];
  });
  for (const pid of leftRunning) faults.push(`command ${pid} still runs when all gates have ended`);
  for (const pid of notStopped) faults.push(`command ${pid} was not stopped when its claim was lost`);
  return faults;
}

function claimIn(stdout: string): ClaimJson | undefined {
  try {
    return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { claim?: ClaimJson }).claim;
  } catch {
    return undefined;
  }
}
