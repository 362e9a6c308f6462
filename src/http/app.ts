import { randomUUID } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { ErrorCode } from '../core/errors.ts';
import type { Replica } from '../replica/replica.ts';
import { both, reported } from './around.ts';
import { refuseCoded } from './body.ts';
import { Access } from './edge/access.ts';
import { type BasePath, withoutBase } from './edge/base-path.ts';
import { baseRoute } from './edge/base-route.ts';
import { guard } from './edge/guard.ts';
import { allowedHosts, type Hosts } from './edge/hosts.ts';
import { type ChosenLimits, chooseLimits } from './edge/limits.ts';
import { listener, type Tls } from './edge/listener.ts';
import { Sessions, sessionHeader } from './edge/session.ts';
import { Shares } from './edge/shares.ts';
import { type Sources, sourcesBehind } from './edge/sources.ts';
import { echoTrace, namesOf, traced } from './edge/trace.ts';
import { eventRoutes } from './events/routes.ts';
import { type StreamLimits, Streams, streamLimitsOf } from './events/streams.ts';
import { feedRoutes } from './feeds/routes.ts';
import { mcpRoute } from './mcp/routes.ts';
import { Metrics } from './metrics/metrics.ts';
import { documentRoutes } from './openapi/routes.ts';
import { pageRoutes } from './pages/routes.ts';
import { asProblem, type Problem, sendProblem } from './problem.ts';
import { Reading } from './reading.ts';
import type { Request } from './route.ts';
import { Router, type Stages } from './router.ts';
import { agentRoutes } from './routes/agents.ts';
import { claimRoutes } from './routes/claims.ts';
import { classroomRoutes } from './routes/classroom.ts';
import { clusterRoute } from './routes/cluster.ts';
import { cursorRoutes } from './routes/cursors.ts';
import { groupListRoute } from './routes/group-list.ts';
import { groupRoutes } from './routes/groups.ts';
import { inviteRoutes } from './routes/invites.ts';
import { keyRoutes } from './routes/keys.ts';
import { manyRoutes } from './routes/many.ts';
import { messageRoutes } from './routes/messages.ts';
import { opsRoutes, type ServerFacts } from './routes/ops.ts';
import { proposalRoutes } from './routes/proposals.ts';
import { roundRoutes } from './routes/rounds.ts';
import { viewRoutes } from './routes/view.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { streamRoutes } from './stream/routes.ts';
import { WrittenItems } from './stream/written-items.ts';

/** Whom the app answers, and how much it takes from each. */
export interface Edge {
  readonly limits: ChosenLimits;
  readonly hosts: Hosts;
  readonly sources: Sources;
  readonly tls: Tls | null;
  readonly basePath: BasePath;
}

/** How patient the server is with readers. */
export interface Patience extends StreamLimits {
  /** ms that a request waits for this server to come as far as its Quorate-Session says. */
  readonly behind: number;
}

/** ms: see Patience. */
const behind = 5000;

/** The HTTP interface over one replica. */
export interface App {
  readonly router: Router;
  readonly server: Server;
  /** Streams that are open, and votes taken since the start. */
  figures(): ReturnType<Metrics['figures']>;
  /** Begins to count what happens; once, when the replica has started. `listen` does so too. */
  ready(): void;
  /** Resolves once it listens; rejects when it cannot. */
  listen(where: ListenOptions): Promise<void>;
  /** Ends event streams and takes no more connections; resolves once the last one is gone. */
  close(): Promise<void>;
}

/** Builds the app and never listens. */
export function buildApp(
  replica: Replica,
  facts: ServerFacts,
  edge: Edge = defaultEdge(),
  patience: Partial<Patience> = {},
): App {
  const { limits, sources, tls, basePath } = edge;
  const metrics = new Metrics(replica, facts);
  const streamLimits = { ...streamLimitsOf(limits.values), behind, ...patience };
  const sessions = new Sessions(replica, facts.log.id, streamLimits.behind);
  const shares = new Shares(limits, sources, () => replica.waiters.size);
  const problemOf = problems(facts, sources, metrics);
  const { onAnswered, traced } = facts;
  const told = onAnswered && reported(onAnswered, (name) => replica.state.groups.has(name));
  const around = told && traced ? both(traced, told) : (told ?? traced);
  const router = new Router({ ...stages(facts, edge, { sessions, shares, metrics, problemOf }), around });

  baseRoute(router, basePath);
  documentRoutes(router, facts.version, basePath);
  pageRoutes(router);
  classroomRoutes(router, replica, facts.classroom);
  const access = new Access(facts.admins);
  const reading = new Reading(replica, access);
  groupRoutes(router, replica, access, reading);
  const stopList = groupListRoute(router, replica, access, reading);
  keyRoutes(router, replica, access);
  roundRoutes(router, replica, access, reading);
  claimRoutes(router, replica, access, reading);
  const accepted = (): void => metrics.accepted();
  manyRoutes(router, { replica, access, shares, limits: limits.values, problemOf, accepted });
  proposalRoutes(router, replica, reading);
  agentRoutes(router, replica, access, reading, facts.log.id);
  inviteRoutes(router, { replica, access, reading, sources, basePath, logId: facts.log.id });
  webhookRoutes(router, { replica, access, reading, facts });
  const streams = new Streams(streamLimits, metrics, replica.state);
  const items = new WrittenItems();
  const stopStream = streamRoutes(router, { replica, access, reading, streams, items });
  messageRoutes(router, { replica, access, reading, shares });
  viewRoutes(router, replica, reading);
  cursorRoutes(router, replica, access, reading);
  const stopEvents = eventRoutes(router, {
    ...{ replica, access, reading, streams },
    limits: streamLimits.backlog,
  });
  const stopFeeds = feedRoutes(router, {
    ...{ replica, access, reading, streams, items },
    limits: streamLimits.backlog,
  });
  opsRoutes(router, { replica, access, facts, limits: limits.values, metrics });
  clusterRoute(router, { replica, access, facts });
  mcpRoute(router, { sources, basePath });

  const handle: RequestListener = (request, response) => {
    request.url = withoutBase(basePath, request.url);
    router.handle(request, response);
  };
  const server = listener(handle, {
    limits,
    sources,
    tls,
    report: facts.report,
    counts: metrics,
  });
  return {
    router,
    server,
    figures: () => metrics.figures(),
    ready: () => metrics.start(),
    listen: (where) => {
      metrics.start();
      router.compile();
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(where, () => {
          server.off('error', reject);
          resolve();
        });
      });
    },
    close: async () => {
      stopList();
      stopStream();
      stopEvents();
      stopFeeds();
      // Streams end by themselves only when they are old: without this the server would wait for them.
      await streams.end();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      metrics.stop();
    },
  };
}

/** Errors of who shows a token, key or secret that is not the right one. */
const loginCodes: ReadonlySet<ErrorCode> = new Set(['token-wrong', 'join-key-wrong', 'invite-wrong']);

/** The problem that an error is to a caller, which counts as refused. */
type ProblemOf = (error: Error, request: Request) => Problem;

function problems(facts: ServerFacts, sources: Sources, metrics: Metrics): ProblemOf {
  return (error, request) => {
    const problem = asProblem(error, (mistake) => {
      request.id ??= randomUUID();
      facts.report(traced(mistake, request), namesOf(request));
      return request.id;
    });
    metrics.refused(problem.code, request.route);
    if (loginCodes.has(problem.code)) facts.onRefusedLogin?.(sources.of(request.raw).address);
    return problem;
  };
}

interface StageParts {
  readonly sessions: Sessions;
  readonly shares: Shares;
  readonly metrics: Metrics;
  readonly problemOf: ProblemOf;
}

/** What is done to every request besides what its route does. */
function stages(facts: ServerFacts, { limits, hosts, basePath }: Edge, parts: StageParts): Stages {
  const { sessions, shares, metrics, problemOf } = parts;
  const refusal = guard(hosts, shares);
  return {
    basePath,
    bodyBytes: limits.values.bodyBytes,
    admit: (request, response) => {
      echoTrace(request, response);
      const refused = refusal(request, response);
      if (refused !== null) throw refused;
      refuseCoded(request, response);
      return request.headers[sessionHeader] === undefined ? null : sessions.caughtUp(request);
    },
    seal: (request, response) => {
      const { raw } = request;
      response.header(sessionHeader, sessions.token);
      // A caller may otherwise take 201 for a promise that the proposal outlives the server.
      if (facts.log.durability === 'none' && raw.method !== 'GET')
        response.header('quorate-durability', 'none');
      if (!response.hasHeader('cache-control')) response.header('cache-control', 'no-store');
      metrics.answered(request, response.status);
    },
    fail: (error, request, response) => {
      const problem = problemOf(error, request);
      if (request.id !== null) response.header('x-request-id', request.id);
      sendProblem(response, problem);
    },
  };
}

function defaultEdge(): Edge {
  const hosts = allowedHosts({ listen: '127.0.0.1', allow: [] });
  return { limits: chooseLimits(), hosts, sources: sourcesBehind([]), tls: null, basePath: '' };
}
