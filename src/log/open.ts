import type { KeptCertificates } from '../certificates.ts';
import type { Log, LogFailure } from './log.ts';

export interface OpenOptions {
  /** Use an `lmdb:` log even on a file system that may lose what was synced. */
  readonly acceptLoss?: boolean;
  /** Called when the latest checkpoint is damaged and the log goes on from the one before it. */
  readonly onFallBack?: (reason: LogFailure) => void;
  /** Called with the certificates that the engine uses, so that they can be read again. */
  readonly onCertificates?: (kept: KeptCertificates) => void;
}

const forms = ['memory:', 'lmdb:DIRECTORY', 'etcd://HOST:PORT,HOST:PORT/PREFIX'];

/**
 * Opens the log that `spec` names, and loads only its engine. Throws an Error that lists the forms when there is no such
 * kind of log, and `LogFailure` when the engine refuses.
 */
export async function openLog(spec: string, options: OpenOptions = {}): Promise<Log> {
  const colon = spec.indexOf(':');
  const scheme = spec.slice(0, Math.max(colon, 0));
  const rest = spec.slice(colon + 1);
  switch (scheme) {
    case 'memory':
      if (rest !== '') break;
      return (await import('./memory.ts')).memoryLog();
    case 'lmdb':
      if (rest === '') break;
      return (await import('./lmdb/engine.ts')).openLmdbLog(rest, options);
    case 'etcd':
    case 'etcds':
      return (await import('./etcd/engine.ts')).openEtcdLog(spec, options);
  }
  throw new Error(`unknown log "${spec}"; a log is one of: ${forms.join(', ')}`);
}
