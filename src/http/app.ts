import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Replica } from '../replica/replica.ts';
import { Access } from './access.ts';
import { agentRoutes } from './agents.ts';
import { classroomRoutes } from './classroom.ts';
import { groupRoutes } from './groups.ts';
import { readBodiesStrictly } from './input.ts';
import { opsRoutes, type ServerFacts } from './ops.ts';
import { asProblem, Problem, sendProblem } from './problem.ts';
import { roundRoutes } from './rounds.ts';

/** The HTTP interface over one replica. Builds the app and never listens. */
export function buildApp(replica: Replica, facts: ServerFacts): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 16 * 1024,
    // Long enough that an overlong name is refused as a name and not as a path.
    routerOptions: { maxParamLength: 512 },
    requestTimeout: 10_000,
    keepAliveTimeout: 30_000,
    return503OnClosing: false,
    // Paths that cannot be read never reach the error handler.
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as FastifyReply, asProblem(error, facts.report));
    },
    forceCloseConnections: 'idle',
  });
  readBodiesStrictly(app);
  app.setErrorHandler((error: Error, _request, reply) => sendProblem(reply, asProblem(error, facts.report)));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(0, 200);
    return sendProblem(reply, new Problem('not-found', `${request.method} ${path} leads nowhere`));
  });
  classroomRoutes(app, replica);
  const access = new Access(facts.adminToken);
  groupRoutes(app, replica, access);
  roundRoutes(app, replica, access);
  agentRoutes(app, replica, access, facts.log.id);
  opsRoutes(app, replica, facts);
  return app;
}
