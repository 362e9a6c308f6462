import type { KeptCertificates } from '../certificates.ts';
import { wayFromFormer } from './former.ts';
import type { Log, LogFailure } from './log.ts';

export interface OpenOptions {
  /** Use a `file:` log even on a file system that may lose what was synced. */
  readonly acceptLoss?: boolean;
  /** Called when the latest checkpoint is damaged and the log goes on from the one before it. */
  readonly onFallBack?: (reason: LogFailure) => void;
  /** Called with the seconds that each durable write to a `file:` log takes at the disk. */
  readonly onSync?: (seconds: number) => void;
  /** Called with the certificates that the engine uses, so that they can be read again. */
  readonly onCertificates?: (kept: KeptCertificates) => void;
}

const forms = ['memory:', 'file:DIRECTORY', 'etcd://HOST:PORT,HOST:PORT/PREFIX'];

/**
 * Opens the log that `spec` names, and loads only its engine. Throws as `schemeOf` does, and `LogFailure` when the engine
 * refuses.
 */
export async function openLog(spec: string, options: OpenOptions = {}): Promise<Log> {
  switch (schemeOf(spec)) {
    case 'memory':
      return (await import('./memory.ts')).memoryLog();
    case 'file':
      return (await import('./file/engine.ts')).openFileLog(spec.slice('file:'.length), options);
    case 'etcd':
      return (await import('./etcd/engine.ts')).openEtcdLog(spec, options);
  }
}

/** Which kind of log `spec` names. Throws an Error that lists the forms when there is no such kind. */
export function schemeOf(spec: string): 'memory' | 'file' | 'etcd' {
  if (spec === 'memory:') return 'memory';
  if (/^file:./s.test(spec)) return 'file';
  if (/^etcds?:/.test(spec)) return 'etcd';
  if (/^lmdb:./s.test(spec))
    throw Object.assign(new Error(`${spec} is a log in LMDB, which only the versions before this one read`), {
      fix: `${wayFromFormer}, and serve file:DIRECTORY`,
    });
  throw new Error(`unknown log "${spec}"; a log is one of: ${forms.join(', ')}`);
}
