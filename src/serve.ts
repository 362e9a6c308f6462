import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { type CertificateFiles, type Certificates, KeptCertificates } from './certificates.ts';
import { shapeClassroom } from './classroom.ts';
import { entryVersion } from './core/entry.ts';
import { reportRequest, reportRounds } from './detail.ts';
import { buildApp } from './http/app.ts';
import type { Answered } from './http/around.ts';
import { AdminTokens } from './http/edge/admin-tokens.ts';
import { basePathIn } from './http/edge/base-path.ts';
import { closeGently } from './http/edge/drain.ts';
import { isRefusedByFetch } from './http/edge/fetch-ports.ts';
import { allowedHosts } from './http/edge/hosts.ts';
import { isOnLan, lanNames } from './http/edge/lan.ts';
import { chooseLimits, type LimitName } from './http/edge/limits.ts';
import { renewTls, type Tls } from './http/edge/listener.ts';
import { reachOf } from './http/edge/reach.ts';
import { sourcesBehind } from './http/edge/sources.ts';
import type { RequestNames } from './http/edge/trace.ts';
import { Meters, timed } from './http/metrics/meters.ts';
import { classroomSettings } from './http/routes/classroom-group.ts';
import type { ServerFacts } from './http/routes/ops.ts';
import { isShared, type LogInfo } from './log/log.ts';
import { openLog } from './log/open.ts';
import { notifyOfTroubles } from './operator/logger.ts';
import type { Detail, Notify } from './operator/notices.ts';
import { tooFewFiles } from './operator/open-files.ts';
import { Recurring } from './operator/recurring.ts';
import { Oversight } from './oversight.ts';
import { activate, activateNewest } from './replica/activate.ts';
import { realSurroundings } from './replica/clock.ts';
import { Cluster } from './replica/cluster/cluster.ts';
import { NotExecuted } from './replica/outcomes.ts';
import { Peers } from './replica/peers.ts';
import { Replica } from './replica/replica.ts';
import { type TimeAhead, timeAhead } from './replica/time-ahead.ts';
import { tracingOfUser } from './tracing.ts';
import { buildCommit, packageVersion } from './version.ts';
import { allowedBy } from './webhooks/allowed.ts';
import { Deliverer } from './webhooks/deliverer.ts';
import { systemResolver } from './webhooks/resolve.ts';

export { AdminTokens } from './http/edge/admin-tokens.ts';
export { basePathIn } from './http/edge/base-path.ts';
export { lanAddresses } from './http/edge/lan.ts';
export { chooseLimits, limitsIn } from './http/edge/limits.ts';
export { schemeOf } from './log/open.ts';

/** The options of a server. */
export interface ServeOptions {
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Port; 0 takes any free one; default 5000. */
  readonly port?: number;
  /** The name of this server among those that share its log, which no other has; by default its machine and port. */
  readonly name?: string | undefined;
  /** `memory:`, `file:DIR`, `etcd://HOST:PORT,HOST:PORT/PREFIX`; default `memory:`. */
  readonly log?: string;
  /** Keep the log even on a network or temporary file system, which may lose what was acknowledged. */
  readonly acceptLoss?: boolean;
  /**
   * The group `default`: its number of agents, and how many equal proposals decide. On a shared log they count only for the
   * server that creates the group.
   */
  readonly agents?: number;
  readonly quorum?: number;
  /** The token that creating and managing groups needs. With it the server may listen on public addresses. */
  readonly adminToken?: string | undefined;
  /** A file with that token; while the token is being replaced, with the old and the new one in two lines. */
  readonly adminTokenFile?: string | undefined;
  /**
   * Listen on loopback and on the local network, so that whoever is on it may take part; not with `host`. Connections to other
   * addresses of the machine, such as one that the Internet reaches, are closed.
   */
  readonly lan?: boolean;
  /** Listen on public addresses although there is no administrator's token. */
  readonly insecureOpen?: boolean;
  /** Host names to answer to, besides localhost, loopback addresses and the address of `host`. */
  readonly allowHosts?: readonly string[];
  /**
   * Proxies whose `X-Forwarded-For` or `Forwarded` is believed: addresses, networks such as `10.0.0.0/8`, or `loopback`. All
   * callers behind another proxy count as one.
   */
  readonly trustProxies?: readonly string[];
  /**
   * The path that a proxy serves this server below, such as `/quorate`. Requests are answered with it and without, so the proxy may
   * pass it on or take it away; what is answered names it.
   */
  readonly basePath?: string;
  /**
   * Where webhooks may go: names, `*.example.com`, `*`, addresses and networks, each with a port or without. Without it the server
   * connects to nothing but its log.
   */
  readonly webhookAllow?: readonly string[];
  /** A file with a private key of Ed25519, PEM, which signs what webhooks are sent, besides their secrets. */
  readonly webhookKey?: string | undefined;
  /** Limits that replace the defaults of http/edge/limits.ts. */
  readonly limits?: Readonly<Partial<Record<LimitName, number>>>;
  /** Files with the certificate chain and its key, PEM; with them the server speaks only TLS. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** The version of entries to use from now on, which all servers understand: the last step of a rolling upgrade. */
  readonly activate?: number | undefined;
  /** Called at every change of what the server can do. By default warnings and errors go to standard error. */
  readonly notify?: Notify;
  /** What else `notify` gets: each closed round, or each request too; by default neither. */
  readonly detail?: Detail;
}

export interface RunningServer {
  readonly url: string;
  /** With `lan`: the addresses for others on the local network, the likeliest first; else none. */
  readonly lanUrls: readonly string[];
  readonly port: number;
  readonly logId: string;
  readonly durability: 'none' | 'disk' | 'cluster';
  readonly location: string;
  /** Resolves when the log can no longer be trusted: the process must end. */
  readonly failed: Promise<Error>;
  /** Reads the certificates (also those for etcd) and the administrator's tokens again. Files that cannot be used are reported and ignored. */
  reload(): void;
  /** Accepts no more requests, answers the open ones, and closes the log. */
  stop(): Promise<void>;
}

/** How many connections may wait to be accepted. The system has its own limit (somaxconn). */
const pendingConnections = 16_384;
/** How long open requests may take when the server stops. */
const graceMs = 5000;
/** An append is reported as slow from here on. */
const slowSeconds = 1;

/** Puts a server together and starts it. Throws an Error that says how to fix the options, or LogFailure when the log refuses. */
export async function serve(options: ServeOptions = {}): Promise<RunningServer> {
  const { port = 5000, notify = notifyOfTroubles(), detail = 'changes' } = options;
  const { host, lan, isOpen } = reachOf(options, networkInterfaces());
  const admins = new AdminTokens({ token: options.adminToken, file: options.adminTokenFile });
  const limits = chooseLimits(options.limits);
  const files = tlsFiles(options);
  const own = files === null ? null : new KeptCertificates('server', files);
  const certificates = own === null ? [] : [own];
  const edge = {
    limits,
    hosts: allowedHosts({
      listen: host,
      allow: [...(options.allowHosts ?? []), ...(lan.length === 0 ? [] : lanNames(lan, hostname()))],
    }),
    sources: sourcesBehind(options.trustProxies ?? []),
    tls: own === null ? null : pairOf(own.current),
    basePath: basePathIn(options.basePath ?? ''),
  };
  const classroom = classroomSettings(options.agents, options.quorum);
  const webhooks = allowedBy(options.webhookAllow, options.webhookKey);

  const meters = new Meters();
  const log = await openLog(options.log ?? 'memory:', {
    acceptLoss: options.acceptLoss === true,
    onFallBack: ({ message }) =>
      notify('checkpoint-fallback', {
        says: `${message}; going on from what was kept before it`,
        fix: 'quorate export, and look at the disk; the next checkpoint replaces the damaged one',
      }),
    onCertificates: (kept) => certificates.push(kept),
    onSync: (seconds) => meters.syncs.observe(seconds),
  });
  const surroundings = realSurroundings();
  const server = options.name ?? `${hostname()}-${port === 0 ? process.pid : port}`;
  // Two machines may have the same name and port: only the random part makes the name unique.
  const name = `${server}-${randomBytes(8).toString('hex')}`;
  const index = (): number => replica.state.index;
  const cluster = new Cluster({
    ...{ name: server, surroundings, index, figures: () => app.figures() },
    ...(isShared(log) && { members: () => log.members() }),
  });
  const peers = isShared(log)
    ? new Peers({
        ...{ log, surroundings, server: name, clock: server, index, cluster },
        ...{ supported: entryVersion, release: packageVersion() },
      })
    : null;
  const slowAppends = new Recurring<number>((count, seconds) => {
    const says = `${count} appends to the log took more than ${slowSeconds} s, the last one ${seconds.toFixed(1)} s`;
    const fix = 'look at the disk of the log, or at etcd and the network to it: every write waits for them';
    notify('slow-appends', { says, fix, facts: { count, seconds } });
  });
  const refusedLogins = new Recurring<string>((count, address) => {
    const says = `${count} requests came with a token or key that is not the right one, the last from ${address}`;
    const fix =
      'if nobody forgot a token, keep that address away; the token of an administrator should be long and random';
    notify('refused-logins', { says, fix, facts: { count, address } });
  });
  const observe = (seconds: number): void => {
    meters.appends.observe(seconds);
    if (seconds > slowSeconds) slowAppends.happened(seconds);
  };
  const traces = await tracingOfUser((name) => replica.state.groups.has(name));
  const { queuedCommands, queuedBytes, checkpointEntries } = limits.values;
  const replica = new Replica({
    log: timed(log, { observe }),
    surroundings,
    meter: meters,
    following: traces?.following ?? null,
    leads: () => peers?.leads ?? true,
    onApplied: (state, applied) => {
      cluster.applied(state.index);
      deliverer?.applied();
      peers?.applied(state, applied);
    },
    writer: randomBytes(16).toString('hex'),
    server,
    ...(peers === null ? {} : { alone: () => peers.alone }),
    limits: { queuedCommands, queuedBytes, checkpointEntries },
  });
  const deliverer =
    webhooks === null
      ? null
      : new Deliverer({
          replica,
          // Where no other server can be, one that starts again need not wait for the lease of the one before.
          server: isShared(log) ? name : 'this',
          logId: log.info.id,
          leads: () => peers?.leads ?? true,
          sender: { allowed: webhooks.list, resolve: systemResolver() },
          key: webhooks.key,
          attempted: (result, seconds) => meters.attempted(result, seconds),
        });
  let ready = false;
  const lost = () => log.unavailable ?? { detail: 'the cluster does not answer in time' };
  const ahead = (): TimeAhead | null => timeAhead(replica.logTime, Date.now());
  const oversight = new Oversight({
    log,
    certificates,
    files: options.adminTokenFile === undefined ? certificates : [...certificates, admins],
    notify,
    lost: () => (replica.availability.isLost ? lost() : null),
    behind: () => (peers?.isFarBehind === true ? peers.behind : null),
    timeAhead: ahead,
    failingWebhooks: () => (deliverer?.delivers === true ? replica.counts : null),
  });
  const facts = {
    version: packageVersion(),
    commit: buildCommit(),
    log: log.info,
    cluster,
    unready: (): ReturnType<ServerFacts['unready']> => {
      if (!ready) return { code: 'stopping', detail: 'the server is draining' };
      if (replica.availability.isLost || replica.availability.isDoubtful || peers?.isDoubtful)
        return { code: 'no-quorum', detail: lost().detail };
      if (peers?.isFarBehind)
        return { code: 'no-quorum', detail: `this server is ${peers.behind} entries behind the cluster` };
      return null;
    },
    report: (error: Error, names?: RequestNames) =>
      notify('mistake', {
        says: error.stack ?? error.message,
        fix: 'please report this',
        facts: { ...names },
      }),
    traced: traces?.around,
    onAnswered: detail === 'requests' ? (answered: Answered) => reportRequest(notify, answered) : undefined,
    onRefusedLogin: (address: string) => refusedLogins.happened(address),
    timeAhead: ahead,
    space: () => log.space,
    certificates: () =>
      certificates.map(({ use, current }) => ({ use, ends: current.firstToEnd?.to ?? null })),
    meters,
    behind: () => peers?.behind ?? null,
    admins,
    classroom,
    webhooks,
  };
  const app = buildApp(replica, facts, edge);
  if (lan.length > 0)
    app.server.prependListener('connection', (socket) => {
      if (!isOnLan(socket.localAddress)) socket.destroy();
    });
  try {
    await peers?.look();
    await replica.start();
    notifyOfStart(notify, log.info, facts.version, replica.state.index);
    const few = tooFewFiles(limits.values.connections);
    if (few !== null) notify('few-files', { says: few, fix: 'ulimit -n, or a lower --limit connections=N' });
    if (options.activate === undefined) await activateNewest(replica, peers);
    else if (options.activate !== replica.state.version) await activate(replica, peers, options.activate);
    const chosen = options.agents !== undefined || options.quorum !== undefined;
    await shapeClassroom(replica, classroom, { chosen, shared: !log.info.exclusive, notify }).catch(
      (error: unknown) => {
        // Without space the group stays as it is, or missing; the server still answers reads.
        const isFull = error instanceof NotExecuted && error.reason === 'no-space';
        if (!isFull || replica.state.index === 0) throw error;
      },
    );
    await app.listen({ host, port, backlog: pendingConnections });
  } catch (error) {
    oversight.stop();
    await app.close();
    await peers?.stop();
    await replica.stop();
    throw error;
  }
  ready = true;
  deliverer?.begin();
  const silence = detail === 'changes' ? null : reportRounds(replica, notify);
  if (own !== null) own.onRenewed = (renewed) => renewTls(app.server, pairOf(renewed));
  const address = app.server.address() as AddressInfo;
  if (isRefusedByFetch(address.port)) {
    const says = `browsers and programs that use fetch, the command line too, refuse port ${address.port}`;
    notify('refused-port', { says, fix: 'choose another with --port' });
  }
  const urlOf = (at: string): string => {
    const name = at.includes(':') ? `[${at}]` : at;
    return `${edge.tls === null ? 'http' : 'https'}://${name}:${address.port}${edge.basePath}`;
  };
  if (lan.length > 0) {
    const who = admins.hashes.length === 0 ? 'take part' : 'take part in open groups';
    const says = `whoever is on this network can ${who}${edge.tls === null ? ', and nothing is encrypted' : ''}`;
    notify('lan', { says });
  }
  if (isOpen)
    notify('open', {
      says: `OPEN: whoever can reach ${host} can propose, and make, change and delete groups`,
      fix: 'give an administrator’s token with --admin-token-file, or listen on 127.0.0.1',
    });
  const { id: logId, durability, location } = log.info;
  return {
    url: urlOf(lan.length === 0 ? address.address : '127.0.0.1'),
    lanUrls: lan.map(urlOf),
    port: address.port,
    logId,
    durability,
    location,
    failed: peers === null ? replica.failed : Promise.race([replica.failed, peers.diverged]),
    reload: () => oversight.reload(),
    stop: async () => {
      ready = false;
      oversight.stop();
      replica.waiters.end();
      // Closes the log last, so that requests which arrive meanwhile are still served.
      const closing = async (): Promise<void> => {
        const closed = app.close();
        await deliverer?.stop();
        await peers?.stop();
        await replica.stop();
        await closed;
      };
      await closeGently(app.server, closing, graceMs);
      await traces?.flush();
      silence?.();
      slowAppends.stop();
      refusedLogins.stop();
      notify('stopped', { says: 'no request is open any more', facts: { index: replica.state.index } });
    },
  };
}

function notifyOfStart(notify: Notify, log: LogInfo, version: string, index: number): void {
  const { id, kind, location, durability } = log;
  const says = `quorate ${version} on Node ${process.versions.node}; log ${id} in ${location}, entry ${index}`;
  notify('start', { says, facts: { version, logId: id, log: location, durability, index } });
  if (durability !== 'none') return;
  const loss =
    kind === 'memory'
      ? 'this log is in memory, all of it is lost when the server stops'
      : 'what is acknowledged can be lost on this file system, by your own --i-accept-loss';
  notify('not-durable', { says: `NOT DURABLE: ${loss}` });
}

function tlsFiles({ tlsCert, tlsKey }: ServeOptions): CertificateFiles | null {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new Error('TLS needs both a certificate and its key: --tls-cert FILE --tls-key FILE');
  return { cert: tlsCert, key: tlsKey };
}

function pairOf({ cert = '', key = '' }: Certificates): Tls {
  return { cert, key };
}
