import { entryVersion } from '../../core/entry.ts';
import { limits as coreLimits } from '../../core/limits.ts';
import type { Settings } from '../../core/types.ts';
import type { LogInfo } from '../../log/log.ts';
import type { Cluster } from '../../replica/cluster/cluster.ts';
import type { Replica } from '../../replica/replica.ts';
import type { TimeAhead } from '../../replica/time-ahead.ts';
import type { Answered, Around } from '../around.ts';
import { type Access, callerOf } from '../edge/access.ts';
import type { Limits } from '../edge/limits.ts';
import type { RequestNames } from '../edge/trace.ts';
import type { Measured, Metrics } from '../metrics/metrics.ts';
import { Problem } from '../problem.ts';
import type { Router } from '../router.ts';
import * as api from './ops.api.ts';

/** For operators: is the process up, may it get traffic, what is it, what does it do. */

const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

export interface ServerFacts extends Measured {
  readonly log: LogInfo;
  /** Who else serves the log, and how far each is. */
  readonly cluster: Pick<Cluster, 'read'>;
  /** Why the server should get no traffic now, or null. */
  readonly unready: () => { readonly code: 'stopping' | 'no-quorum'; readonly detail: string } | null;
  /** Hashes of the administrator's tokens; none where everybody who can reach the server is trusted. */
  readonly admins: { readonly hashes: readonly string[] };
  /** In what shape the classroom's group is made where there is none; as the exercise has it by default. */
  readonly classroom?: Settings;
  /** Where webhooks may go, and the public half of what signs besides their secrets; null or left out: there are none. */
  readonly webhooks?: {
    readonly list: { readonly refusalOfUrl: (url: URL) => string | null };
    readonly key: { readonly publicText: string } | null;
  } | null;
  /** How far log time is ahead of the machine's clock; null when it is not. */
  readonly timeAhead?: () => TimeAhead | null;
  /** Gets errors that are mistakes of the server. */
  readonly report: (error: Error, names?: RequestNames) => void;
  /** Goes around each request, for a trace of it. */
  readonly traced?: Around | undefined;
  /** Gets each request that is over; without it, none is followed. */
  readonly onAnswered?: ((answered: Answered) => void) | undefined;
  /** Gets the address of each request whose token or key was wrong. */
  readonly onRefusedLogin?: (address: string) => void;
}

export interface OpsParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly facts: ServerFacts;
  readonly limits: Limits;
  readonly metrics: Metrics;
}

export function opsRoutes(router: Router, parts: OpsParts): void {
  const { replica, access, facts, limits, metrics } = parts;
  const { webhooks = null } = facts;
  router.on('GET', '/healthz', api.getHealth, (_request, response) =>
    response.json({ status: 'ok', index: replica.state.index }),
  );

  router.on('GET', '/readyz', api.getReadiness, (_request, response) => {
    const unready = facts.unready();
    if (unready !== null) throw new Problem(unready.code, unready.detail, { index: replica.state.index });
    const { refusal = null, freeBytes = null } = facts.space?.() ?? {};
    const status = refusal === null ? 'ready' : 'read-only';
    const detail = refusal === null ? {} : { detail: refusal };
    const { index } = replica.state;
    response.json({ status, index, freeBytes, timeAhead: facts.timeAhead?.() ?? null, ...detail });
  });

  router.on('GET', '/metrics', api.getMetrics, async (request, response) => {
    access.administer(callerOf(request));
    response.send(metricsType, await metrics.text());
  });

  router.on('GET', '/v1/info', api.getInfo, (request, response) => {
    access.administer(callerOf(request));
    const { id, kind, durability, location } = facts.log;
    response.json({
      name: 'quorate',
      version: facts.version,
      commit: facts.commit ?? null,
      node: process.version,
      log: { id, kind, durability, location },
      logVersion: { active: replica.state.version, supported: entryVersion },
      groups: replica.state.groups.size,
      webhooks: { allowed: webhooks !== null, publicKey: webhooks?.key?.publicText ?? null },
      limits: { ...coreLimits, ...limits },
      index: replica.state.index,
    });
  });
}
