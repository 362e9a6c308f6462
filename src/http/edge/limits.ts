import { defaultLimits } from '../../replica/limits.ts';

/**
 * Every bound of the server, in one place. The core has its own, on what may be in the log: see core/limits.ts.
 *
 * Each can be set by `--limit name=value`, by the variable QUORATE_LIMIT_NAME (bodyBytes: QUORATE_LIMIT_BODY_BYTES), or by
 * `ServeOptions.limits`; 0 switches a bound off where that makes sense. Limits per address and per token do not
 * hold for callers on this machine, unless they were set.
 */
export interface LimitSpec {
  readonly default: number;
  readonly unit:
    | 'bytes'
    | 'ms'
    | 'requests'
    | 'requests/s'
    | 'messages'
    | 'messages/s'
    | 'connections'
    | 'commands'
    | 'events'
    | 'lines'
    | 'entries';
  /** 0, which means no bound, is allowed. */
  readonly off: boolean;
  readonly protects: string;
}

const spec = (
  value: number,
  unit: LimitSpec['unit'],
  protects: string,
  off: 'may be off' | 'never off' = 'may be off',
): LimitSpec => ({ default: value, unit, off: off === 'may be off', protects });

export const serverLimits = {
  bodyBytes: spec(32 * 1024, 'bytes', 'memory and time spent on parsing a body', 'never off'),
  manyLines: spec(10_000, 'lines', 'memory and time, from one body of many proposals', 'never off'),
  manyBytes: spec(4 << 20, 'bytes', 'the same', 'never off'),
  manyUnread: spec(
    100_000,
    'lines',
    'memory for answers to all such bodies: beyond it no more is read of those whose answers are not',
    'never off',
  ),
  headerBytes: spec(16 * 1024, 'bytes', 'memory spent on a request line and its headers', 'never off'),
  headersTimeout: spec(5000, 'ms', 'sockets, from callers who send headers drop by drop', 'never off'),
  requestTimeout: spec(10_000, 'ms', 'sockets, from callers who send bodies drop by drop', 'never off'),
  checkingInterval: spec(1000, 'ms', 'how late the two timeouts above are noticed', 'never off'),
  keepAliveTimeout: spec(
    75_000,
    'ms',
    'sockets, from callers who have gone quiet; a proxy in front must let go of them earlier (nginx: 60 s)',
  ),
  stalledTimeout: spec(120_000, 'ms', 'memory, from callers who do not read what they asked for'),
  requestsPerSocket: spec(100_000, 'requests', 'other servers, from connections that never move to them'),
  pipelined: spec(64, 'requests', 'memory, from callers who send on and on behind an unanswered request'),
  pipelinedBytes: spec(64 * 1024, 'bytes', 'memory, from the same'),
  pipelinedOfAll: spec(
    4096,
    'requests',
    'memory, from many who do so: each request that waits takes about 15 KB',
  ),
  unreadPerAddress: spec(16 << 20, 'bytes', 'memory for answers to others, from one address that reads none'),
  unreadOfAll: spec(32 << 20, 'bytes', 'memory, from callers who do not read what they asked for'),
  connections: spec(15_000, 'connections', 'file descriptors: a process often has 20,000'),
  heldRequests: spec(12_000, 'requests', 'connections for writes, from those that only wait or stream'),
  connectionsPerAddress: spec(2000, 'connections', 'connections of others, from one address'),
  waitsPerAddress: spec(2000, 'requests', 'waiting room of others, from one address'),
  waitsPerToken: spec(200, 'requests', 'waiting room of others, from one token'),
  streamsPerAddress: spec(500, 'requests', 'event streams of others, from one address'),
  streamsPerToken: spec(50, 'requests', 'event streams of others, from one token'),
  streamHeartbeat: spec(
    15_000,
    'ms',
    'readers, who take three of these without a sign of life for a broken connection',
    'never off',
  ),
  streamMaxAge: spec(600_000, 'ms', 'other servers, from streams that never move to them', 'never off'),
  streamBuffered: spec(64 * 1024, 'bytes', 'memory, from one who does not read its events', 'never off'),
  streamEventsBehind: spec(4096, 'events', 'memory for the past of one group, to resume from', 'never off'),
  streamBytesBehind: spec(1 << 20, 'bytes', 'memory for the past of one group, to resume from', 'never off'),
  streamBytesOfAll: spec(64 << 20, 'bytes', 'memory for the past of all groups together', 'never off'),
  ratePerAddress: spec(2000, 'requests/s', 'the time of others, from one address'),
  ratePerToken: spec(500, 'requests/s', 'the time of others, from one token'),
  /** Seconds' worth of its rate that a caller may use at once. */
  burstPerAddress: spec(
    10_000,
    'requests',
    'a sudden crowd behind one address from being refused',
    'never off',
  ),
  burstPerToken: spec(2500, 'requests', 'a short burst under one token from being refused', 'never off'),
  messageRatePerAgent: spec(100, 'messages/s', "what a group's stream keeps of others, from one agent"),
  messageBurstPerAgent: spec(500, 'messages', 'a lively talk from being refused', 'never off'),
  queuedCommands: spec(
    defaultLimits.queuedCommands,
    'commands',
    'the time an accepted write waits for the log',
    'never off',
  ),
  queuedBytes: spec(
    defaultLimits.queuedBytes,
    'bytes',
    'memory held by writes that wait for the log',
    'never off',
  ),
  checkpointEntries: spec(
    defaultLimits.checkpointEntries,
    'entries',
    'space of the log, and time of a restart: a checkpoint is written after so many, and the past trimmed',
    'never off',
  ),
} as const satisfies Readonly<Record<string, LimitSpec>>;

export type LimitName = keyof typeof serverLimits;
export type Limits = Readonly<Record<LimitName, number>>;

/** All limits, and which of them somebody chose. */
export interface ChosenLimits {
  readonly values: Limits;
  readonly chosen: ReadonlySet<LimitName>;
}

const limitNames = Object.keys(serverLimits) as readonly LimitName[];

/** Throws an Error that says what the limit may be. */
export function chooseLimits(wanted: Readonly<Partial<Record<string, number>>> = {}): ChosenLimits {
  const values = Object.fromEntries(limitNames.map((name) => [name, serverLimits[name].default]));
  const chosen = new Set<LimitName>();
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    if (!isLimit(name)) throw new Error(`there is no limit ${name}: there are ${limitNames.join(', ')}`);
    const { unit, off } = serverLimits[name];
    const least = off ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31 - 1)
      throw new Error(`limit ${name} must be a whole number of ${unit}, ${least} or more`);
    values[name] = value;
    chosen.add(name);
  }
  // Node refuses to wait longer for headers than for the whole request.
  if ((values.headersTimeout as number) > (values.requestTimeout as number))
    throw new Error('limit headersTimeout must not be longer than requestTimeout');
  return { values: values as Limits, chosen };
}

/** Reads `name=value` texts, later ones over earlier ones; a value is a whole number, or for ms also 500ms, 10s, 5m. */
export function limitsIn(texts: readonly string[]): Partial<Record<LimitName, number>> {
  const read: Partial<Record<LimitName, number>> = {};
  for (const text of texts) {
    const [, name = '', digits = '', suffix = ''] = /^(\w+)=(\d{1,12})(ms|s|m)?$/.exec(text) ?? [];
    if (!isLimit(name))
      throw new Error(`${JSON.stringify(text)} is no limit: write name=value, with ${limitNames.join(', ')}`);
    if (suffix !== '' && serverLimits[name].unit !== 'ms')
      throw new Error(`limit ${name} counts ${serverLimits[name].unit}: write a whole number`);
    read[name] = Number(digits) * { '': 1, ms: 1, s: 1000, m: 60_000 }[suffix as '' | 'ms' | 's' | 'm'];
  }
  return read;
}

function isLimit(name: string): name is LimitName {
  return Object.hasOwn(serverLimits, name);
}
