import type { FastifyInstance } from 'fastify';
import { entryVersion } from '../core/apply.ts';
import { limits as coreLimits } from '../core/limits.ts';
import type { LogInfo } from '../log/log.ts';
import type { Replica } from '../replica/replica.ts';
import type { Histogram } from './exposition.ts';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { Problem } from './problem.ts';

/** What operators ask: is the process up, may it get traffic, what is it, how is it doing. */

const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

export interface ServerFacts {
  readonly version: string;
  readonly log: LogInfo;
  /** Why the server should get no traffic now, or null. */
  readonly unready: () => { readonly code: 'stopping' | 'no-quorum'; readonly detail: string } | null;
  /** The administrator's token, or null where everybody who can reach the server is trusted. */
  readonly adminToken: string | null;
  /** Told of errors that are mistakes of the server. */
  readonly report: (error: Error) => void;
  /** How long the log takes for an entry, where that is measured. */
  readonly appends?: Histogram;
}

export function opsRoutes(
  app: FastifyInstance,
  replica: Replica,
  facts: ServerFacts,
  limits: Limits,
  metrics: Metrics,
): void {
  app.get('/healthz', async () => ({ status: 'ok', index: replica.state.index }));

  app.get('/readyz', async () => {
    const unready = facts.unready();
    if (unready !== null) throw new Problem(unready.code, unready.detail, { index: replica.state.index });
    return { status: 'ready', index: replica.state.index };
  });

  app.get('/metrics', async (_request, reply) => reply.type(metricsType).send(metrics.text()));

  app.get('/v1/info', async () => {
    const { id, kind, durability, location } = facts.log;
    return {
      name: 'quorate',
      version: facts.version,
      node: process.version,
      log: { id, kind, durability, location },
      logVersion: { active: replica.state.version, supported: entryVersion },
      groups: replica.state.groups.size,
      limits: { ...coreLimits, ...limits },
      index: replica.state.index,
    };
  });
}
