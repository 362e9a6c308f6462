import { createServer } from 'node:net';
import type { LogSummary } from '../../offline.ts';
import { openFilesLimit, tooFewFiles } from '../../operator/open-files.ts';
import { messageOf } from '../exit.ts';
import { checkUpgrade } from './doctor-upgrade.ts';
import { type Finding, finding } from './finding.ts';

const slowWriteMs = 50;
const leastFreeBytes = 64 * 1024 * 1024;

export function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  const says = `Node ${process.versions.node} on ${process.platform}/${process.arch}`;
  return finding('node', isNew ? 'good' : 'bad', says, 'install Node 20.19 or later');
}

/** The directory of the log: its disk, the log in it, and the clock against the log. */
export async function checkDirectory(dir: string): Promise<Finding[]> {
  const { inPlaceOf } = await import('../../offline.ts');
  const other = inPlaceOf(dir);
  if (other === null) return [...(await checkDisk(dir)), ...(await checkLog(dir))];
  const fix =
    'choose a directory with --data, which a server makes where there is none; mount the disk that a link leads to';
  return [finding('data', 'bad', other, fix), checkClock(Date.now(), null)];
}

async function checkDisk(dir: string): Promise<Finding[]> {
  const { diskOf } = await import('../../offline.ts');
  const { type, free, risk } = diskOf(dir);
  const where = `${dir} is on ${type}`;
  return [
    risk === null
      ? finding('file system', 'good', where)
      : finding('file system', 'bad', `${where}: ${risk}`, 'choose a directory on a local disk with --data'),
    finding(
      'free space',
      free < leastFreeBytes ? 'bad' : free < 16 * leastFreeBytes ? 'doubtful' : 'good',
      `${megabytes(free)} are free; below ${megabytes(leastFreeBytes)} the log takes little more, then the server only answers reads`,
      'make space, or choose another disk',
    ),
    await checkSync(dir),
  ];
}

/** How long the disk takes to make one write durable: every acknowledgement waits for such a write. */
async function checkSync(dir: string): Promise<Finding> {
  const { durableWrites } = await import('../../offline.ts');
  try {
    const { medianMs, writes, bytes } = await durableWrites(dir);
    const says = `one durable write takes ${medianMs.toFixed(2)} ms, the median of ${writes} of ${bytes} bytes: no vote is answered sooner`;
    return finding(
      'sync',
      medianMs > slowWriteMs ? 'doubtful' : 'good',
      says,
      'a faster disk answers faster',
    );
  } catch (error) {
    return finding(
      'sync',
      'bad',
      messageOf(error),
      'let this user write there, or choose another directory with --data',
    );
  }
}

/** Whether the log opens, which checks each of its entries, and the clock against the last one. */
async function checkLog(dir: string): Promise<Finding[]> {
  const now = Date.now();
  try {
    const { inspectLog } = await import('../../offline.ts');
    const log = await inspectLog(dir);
    if (log === null) return [finding('log', 'good', `there is none in ${dir} yet`), checkClock(now, null)];
    const { id, head, timeAhead, versions } = log;
    return [
      finding('log', 'good', `log ${id} opens, ${head} entries`),
      await checkUpgrade(versions, dir),
      checkClock(now, timeAhead),
    ];
  } catch (error) {
    const {
      fix = 'leave it as it is; quorate verify names the damaged record, quorate restore makes a log from an export',
    } = error as { fix?: string };
    return [finding('log', 'bad', messageOf(error), fix), checkClock(now, null)];
  }
}

function checkClock(now: number, ahead: LogSummary['timeAhead']): Finding {
  const time = new Date(now).toISOString();
  const fix = 'set the clock, and let NTP keep it';
  if (now < Date.UTC(2026, 0))
    return finding('clock', 'bad', `the clock says ${time}, which is in the past`, fix);
  if (ahead !== null) return finding('clock', 'doubtful', ahead.says, ahead.fix);
  return finding('clock', 'good', `the clock says ${time}`);
}

/** Whether a server may open enough files for `connections`; 0 means any number. */
export function checkFiles(connections: number): Finding {
  const limit = openFilesLimit();
  if (limit === null) return finding('open files', 'doubtful', 'the system does not say its limit');
  const few = tooFewFiles(connections, limit);
  const says = few ?? `${limit} files may be open, each connection takes one`;
  const fix = 'raise it: ulimit -n 65536, or lower the limit: --limit connections=N';
  return finding('open files', few === null ? 'good' : 'doubtful', says, fix);
}

export async function checkPort(host: string, port: number): Promise<Finding> {
  const code = await new Promise<string | null>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(null)));
  });
  const where = `port ${port} of ${host}`;
  if (code === null) return finding('port', 'good', `${where} is free`);
  if (code === 'EADDRINUSE' && (await isQuorate(host, port)))
    return finding('port', 'good', `a Quorate server answers on ${where}`);
  const says = code === 'EADDRINUSE' ? `another program listens on ${where}` : `${where}: ${code}`;
  return finding('port', 'bad', says, 'choose another: quorate server --port 5001');
}

async function isQuorate(host: string, port: number): Promise<boolean> {
  try {
    const at = host.includes(':') ? `[${host}]` : host;
    const answer = await fetch(`http://${at}:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
    return answer.headers.has('quorate-session');
  } catch {
    return false;
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024).toLocaleString('en')} MiB`;
}
