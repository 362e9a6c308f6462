import type { RequestListener } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Replica } from '../replica/replica.ts';
import { Access } from './edge/access.ts';
import { guard } from './edge/guard.ts';
import { allowedHosts, type Hosts } from './edge/hosts.ts';
import { type ChosenLimits, chooseLimits } from './edge/limits.ts';
import { listener, type Tls } from './edge/listener.ts';
import { Sessions, sessionHeader } from './edge/session.ts';
import { type Sources, sourcesBehind } from './edge/sources.ts';
import { echoTrace, traced } from './edge/trace.ts';
import { eventRoutes, type StreamLimits, streamLimitsOf } from './events/routes.ts';
import type { Asked, Replying } from './exchange.ts';
import { codedBody, readBodiesStrictly } from './input.ts';
import { Metrics } from './metrics.ts';
import { documentRoutes } from './openapi/routes.ts';
import { asProblem, Problem, sendProblem } from './problem.ts';
import { Reading } from './reading.ts';
import { agentRoutes } from './routes/agents.ts';
import { classroomRoutes } from './routes/classroom.ts';
import { groupRoutes } from './routes/groups.ts';
import { keyRoutes } from './routes/keys.ts';
import { opsRoutes, type ServerFacts } from './routes/ops.ts';
import { roundRoutes } from './routes/rounds.ts';
import { proposalRoute, type StraightWay, straightOr } from './straight.ts';

/** What the app defends itself with. */
export interface Edge {
  readonly limits: ChosenLimits;
  readonly hosts: Hosts;
  readonly sources: Sources;
  readonly tls: Tls | null;
}

/** How patient the server is with readers. */
export interface Patience extends StreamLimits {
  /** ms that a request waits for this server to come as far as its Quorate-Session says. */
  readonly behind: number;
}

/** ms. */
const behind = 5000;

/** The HTTP interface over one replica. Builds the app and never listens. */
export function buildApp(
  replica: Replica,
  facts: ServerFacts,
  edge: Edge = defaultEdge(),
  patience: Partial<Patience> = {},
): FastifyInstance {
  const { limits, hosts, sources, tls } = edge;
  const refusal = guard(replica, hosts, sources, limits);
  const metrics = new Metrics(replica, facts);
  // Nothing goes the straight way before everything is in place, nor once the app closes.
  let straight: StraightWay | null = null;
  const app = fastify({
    logger: false,
    bodyLimit: limits.values.bodyBytes,
    serverFactory: (handle) =>
      listener(
        straightOr(handle as RequestListener, () => straight),
        { limits, sources, tls, report: facts.report, counts: metrics },
      ),
    // The listener answers these; Fastify's own answer would be a second one.
    clientErrorHandler: () => undefined,
    // Long enough that an overlong name is refused as a name and not as a path.
    routerOptions: { maxParamLength: 512 },
    return503OnClosing: false,
    // Paths that cannot be read never reach the error handler.
    frameworkErrors: (error, request, reply) => {
      const problem =
        refusal(request, reply as FastifyReply) ?? asProblem(error, facts.report, limits.values);
      metrics.refused(problem.code, undefined);
      sendProblem(reply as FastifyReply, problem);
    },
    forceCloseConnections: 'idle',
  });
  const streamLimits = { ...streamLimitsOf(limits.values), behind, ...patience };
  const sessions = new Sessions(replica, facts.log.id, streamLimits.behind);
  const admit = (request: Asked, reply: Replying): Promise<void> | null => {
    echoTrace(request, reply);
    const refused = refusal(request, reply);
    if (refused !== null) throw refused;
    const coded = codedBody(request, reply);
    if (coded !== null) throw coded;
    return request.headers[sessionHeader] === undefined ? null : sessions.caughtUp(request);
  };
  const seal = (request: Asked, reply: Replying): void => {
    reply.header(sessionHeader, sessions.token);
    // A receipt that promises nothing must say so itself.
    if (facts.log.durability === 'none' && request.raw.method !== 'GET')
      reply.header('quorate-durability', 'none');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  };
  const fail = <R extends Replying>(error: Error, request: Asked, reply: R): R => {
    const problem = asProblem(error, (mistake) => facts.report(traced(mistake, request)), limits.values);
    metrics.refused(problem.code, request.routeOptions.url);
    if (problem.code === 'token-wrong' || problem.code === 'join-key-wrong')
      facts.onRefusedLogin?.(sources.of(request.raw).address);
    return sendProblem(reply, problem);
  };
  app.addHook('onRequest', (request, reply, next) => {
    try {
      const admitted = admit(request, reply);
      if (admitted === null) next();
      else admitted.then(() => next(), next);
    } catch (refused) {
      next(refused as Problem);
    }
  });
  app.addHook('onSend', (request, reply, _payload, next) => {
    seal(request, reply);
    next();
  });
  readBodiesStrictly(app);
  app.setErrorHandler(fail<FastifyReply>);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const problem = noRoute(request.method, path.slice(0, 200), routes.methodsAt(path));
    metrics.refused(problem.code, undefined);
    if (problem.code === 'method-not-allowed') reply.header('allow', routes.methodsAt(path).join(', '));
    return sendProblem(reply, problem);
  });
  metrics.watch(app);
  const routes = documentRoutes(app, facts.version);
  classroomRoutes(app, replica, facts.classroom);
  const access = new Access(facts.admins);
  const reading = new Reading(replica, access);
  groupRoutes(app, replica, access, reading);
  keyRoutes(app, replica, access);
  const propose = roundRoutes(app, replica, access, reading);
  agentRoutes(app, replica, access, reading, facts.log.id);
  eventRoutes(app, { replica, access, reading, sessions, metrics, limits: streamLimits });
  opsRoutes(app, { replica, access, facts, limits: limits.values, metrics });
  const count = metrics.counterOf('PUT', proposalRoute);
  app.addHook('onReady', async () => {
    straight = {
      admit,
      propose,
      fail,
      seal: (request, reply, status) => {
        seal(request, reply);
        count(status);
      },
      bodyBytes: limits.values.bodyBytes,
    };
  });
  app.addHook('preClose', async () => {
    straight = null;
  });
  return app;
}

/** What to say of a path that no route takes, or not with this method. */
function noRoute(method: string, path: string, others: readonly string[]): Problem {
  if (others.length === 0) return new Problem('not-found', `${method} ${path} leads nowhere`);
  return new Problem('method-not-allowed', `${path} does not take ${method}: use ${others.join(', ')}`);
}

function defaultEdge(): Edge {
  const hosts = allowedHosts({ listen: '127.0.0.1', allow: [] });
  return { limits: chooseLimits(), hosts, sources: sourcesBehind([]), tls: null };
}
