import type { LogSummary } from '../../offline.ts';
import { packageVersion } from '../../version.ts';
import { type Finding, finding } from './finding.ts';

type LogVersions = LogSummary['versions'];

/** What `quorate doctor` says of an upgrade to this release, or of a way back to it. */

const check = 'upgrade';

/** Of a log that one server has for itself: it begins what is new when it starts. */
export async function checkUpgrade(found: LogVersions, dir: string): Promise<Finding> {
  const own = (await import('../../offline.ts')).thisRelease.versions;
  const newer = await checkNewer(found);
  if (newer !== null) return newer;
  const changes = [
    ...(found.entries < own.entries ? [`entries of version ${own.entries} (now ${found.entries})`] : []),
    ...checkpointChange(found, own),
  ];
  if (changes.length === 0) return finding(check, 'good', `${described(found)}, as ${self()} writes them`);
  const says = `a server of ${self()} would write ${changes.join(' and ')}: then no release that knows only those can read the log`;
  const fix = `first back it up: quorate export ${dir} FILE; the way back is quorate restore of that file, without what came later`;
  return finding(check, 'doubtful', says, fix);
}

/** A server that shares a log, as it has registered. */
interface Registered {
  readonly server: string;
  readonly supported: number;
  readonly release?: string;
}

/** Of a shared log: which servers run what, and what this release would change. */
export async function checkSharedUpgrade(
  found: LogVersions,
  servers: readonly Registered[],
): Promise<Finding[]> {
  const own = (await import('../../offline.ts')).thisRelease.versions;
  const there = checkServers(servers, own.entries);
  const newer = await checkNewer(found);
  if (newer !== null) return [there, newer];
  const changes = checkpointChange(found, own);
  if (changes.length > 0) {
    const says = `a server of ${self()} that leads would write ${changes.join(' and ')}: servers of an earlier release cannot start any more then`;
    const fix =
      'first back it up, then update all servers one after the other: docs/cluster.md, Backup and Upgrade';
    return [there, finding(check, 'doubtful', says, fix)];
  }
  if (found.entries === own.entries)
    return [there, finding(check, 'good', `${described(found)}, as ${self()} writes them`)];
  const says = `${described(found)}; ${self()} understands entries of version ${own.entries}, which begin only when a server is started with --activate ${own.entries}: there is no way back from that`;
  return [there, finding(check, 'good', says)];
}

function checkServers(servers: readonly Registered[], supported: number): Finding {
  const name = 'servers';
  if (servers.length === 0) return finding(name, 'good', 'none runs on this log now');
  const listed = servers.map((one) => {
    const release = one.release === undefined ? 'a release that does not say its number' : one.release;
    return `${one.server} runs ${release} and understands entries of version ${one.supported}`;
  });
  const isOld = servers.some((one) => one.supported < supported);
  const fix = `put ${self()} on those that understand less before a server is started with --activate ${supported}: docs/cluster.md, Upgrade`;
  return finding(name, isOld ? 'doubtful' : 'good', listed.join('; '), fix);
}

/** What is wrong where a newer release wrote the log; null where none did. */
async function checkNewer(found: LogVersions): Promise<Finding | null> {
  const { newerFix, versions: own } = (await import('../../offline.ts')).thisRelease;
  const { entries, checkpoint } = found;
  if (entries <= own.entries && (checkpoint ?? 0) <= own.checkpoint) return null;
  const says = `a newer release wrote the log: ${described(found)}, and ${self()} understands ${own.entries} and ${own.checkpoint}`;
  return finding(check, 'bad', says, newerFix);
}

function checkpointChange({ checkpoint }: LogVersions, own: { readonly checkpoint: number }): string[] {
  if (checkpoint === null || checkpoint >= own.checkpoint) return [];
  return [`checkpoints of version ${own.checkpoint} (now ${checkpoint})`];
}

function described({ entries, checkpoint }: LogVersions): string {
  const last =
    checkpoint === null ? 'there is no checkpoint yet' : `checkpoints are of version ${checkpoint}`;
  return `entries are of version ${entries}, ${last}`;
}

function self(): string {
  return `Quorate ${packageVersion()}`;
}
