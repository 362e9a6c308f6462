/** What main.ts and the processes that it starts say to one another. Each gets its options as JSON in its first argument. */

/** ms of the machine's own clock, the same in every process. */
export const now = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

export interface TenantsOptions {
  readonly port: number;
  readonly tenants: number;
  /** Rounds a second of each tenant. */
  readonly perSecond: number;
}

/** A request of a tenant: when it was due, how many ms later it was answered, and how; status 0 is no answer. */
export interface Sample {
  readonly due: number;
  readonly ms: number;
  readonly status: number;
}

/** How the tenants ended. */
export interface Ended {
  readonly faults: readonly string[];
  /** How many rounds they closed. */
  readonly rounds: number;
}

/** `ready` once, with groups that change by themselves; `samples` now and then; `ended` after `stop`. */
export type FromTenants =
  | { readonly is: 'ready'; readonly groups: readonly string[] }
  | { readonly is: 'samples'; readonly samples: readonly Sample[] }
  | ({ readonly is: 'ended' } & Ended);

/** What an attacker did and met, besides counts of its own. */
export interface Report {
  readonly byStatus: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

interface Attack<Options> {
  /** Resolves at full strength. */
  begin(options: Options): Promise<void>;
  end(): Report;
}

/** Runs an attacker's process: it sends `ready` at full strength, then its report when it is told to stop. */
export async function attack<Options>({ begin, end }: Attack<Options>): Promise<void> {
  process.on('disconnect', () => process.exit(0));
  await begin(optionsOfProcess());
  process.send?.('ready');
  await new Promise((resolve) => process.once('message', resolve));
  process.send?.(end());
}

export function optionsOfProcess<Options>(): Options {
  return JSON.parse(process.argv[2] ?? '');
}
