/** Where the cluster is and how to use it. Durations are milliseconds, files are paths. */
export interface EtcdOptions {
  /** `host:port` of each member. */
  readonly endpoints: readonly string[];
  /** Every key of the log begins with `/<prefix>/`. It holds no slash, so that no log can lie inside another. */
  readonly prefix: string;
  /** Speak TLS; an absent `ca` means the certificate authorities that Node knows. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | null;
  /** Name for etcd's own users; the password is the first line of the file, read at each login. */
  readonly login: { readonly user: string; readonly passwordFile: string } | null;
  /** Deadline of one try of one call; a write that goes unanswered gets longer ones. */
  readonly timeout: number;
  /** How long an append is resent before it is given up, which again takes a quorum. */
  readonly giveUpAfter: number;
  /**
   * Read `head` by a write through consensus. Needed only where members may be paused on an etcd
   * whose linearizable reads can then be stale (3.4.20 to 3.4.41, 3.5 and 3.6 before 3.6.9).
   */
  readonly barrier: boolean;
}

const defaults = {
  prefix: 'quorate',
  tls: null,
  login: null,
  timeout: 1000,
  giveUpAfter: 10_000,
  barrier: false,
} as const;

const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

/**
 * Reads `etcd://h1:2379,h2:2379/prefix?ca=FILE&cert=FILE&key=FILE&user=U&passwordFile=F&timeout=1s&giveUpAfter=10s&barrier=true`.
 * `etcds://` or any of `ca`, `cert`, `key` means TLS. Throws an Error that names the faulty part.
 */
export function parseEtcdUrl(url: string): EtcdOptions {
  const parts = /^(etcds?):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url);
  if (!parts)
    throw new Error(`not an etcd address: ${redact(url)} (write etcd://host:2379,host:2379/prefix)`);
  const [, scheme, hosts, path, query] = parts;
  if (hosts?.includes('@')) {
    throw new Error('no user or password before the hosts: use ?user=NAME&passwordFile=FILE');
  }
  const settings = readSettings(query ?? '');
  const { ca, cert, key, user, passwordFile } = settings;
  if ((cert === undefined) !== (key === undefined)) throw new Error('etcd: cert and key go together');
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw new Error('etcd: user and passwordFile go together');
  }
  return {
    endpoints: (hosts ?? '').split(',').map(readEndpoint),
    prefix: readPrefix(path ?? ''),
    tls:
      scheme === 'etcds' || ca !== undefined || cert !== undefined
        ? { ...(ca && { ca }), ...(cert && key && { cert, key }) }
        : null,
    login: user !== undefined && passwordFile !== undefined ? { user, passwordFile } : null,
    timeout: readDuration('timeout', settings.timeout) ?? defaults.timeout,
    giveUpAfter: readDuration('giveUpAfter', settings.giveUpAfter) ?? defaults.giveUpAfter,
    barrier: readFlag('barrier', settings.barrier),
  };
}

const known = ['ca', 'cert', 'key', 'user', 'passwordFile', 'timeout', 'giveUpAfter', 'barrier'] as const;
type Settings = Partial<Record<(typeof known)[number], string>>;

function readSettings(query: string): Settings {
  const settings: Settings = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const setting = known.find((candidate) => candidate === name);
    if (!setting) throw new Error(`etcd: unknown setting "${name}" (known: ${known.join(', ')})`);
    if (settings[setting] !== undefined) throw new Error(`etcd: "${name}" is given twice`);
    if (value === '') throw new Error(`etcd: "${name}" is empty`);
    settings[setting] = value;
  }
  return settings;
}

function readEndpoint(text: string): string {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(parts?.[2] ?? 2379);
  if (!parts || port < 1 || port > 65_535) throw new Error(`etcd: "${text}" is not host or host:port`);
  return `${parts[1]}:${port}`;
}

function readPrefix(path: string): string {
  const prefix = path.replace(/\/+$/, '');
  if (prefix === '') return defaults.prefix;
  if (!/^[A-Za-z0-9._-]+$/.test(prefix)) {
    const instead = prefix.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-|-$/g, '') || defaults.prefix;
    throw new Error(
      `etcd: the prefix "${path}" may hold letters, digits, "." "_" "-"; a "/" would put one log inside another: write "${instead}"`,
    );
  }
  return prefix;
}

function readDuration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = /^(\d{1,9})(ms|s|m)$/.exec(text);
  const duration = Number(parts?.[1]) * (units.get(parts?.[2] ?? '') ?? Number.NaN);
  if (!(duration >= 1 && duration <= 3_600_000)) {
    throw new Error(`etcd: ${name}=${text} is not a duration from 1ms to 60m, such as 500ms or 2s`);
  }
  return duration;
}

function readFlag(name: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new Error(`etcd: ${name} is true or false`);
}

function redact(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//***@');
}
