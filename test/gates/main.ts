import { parseArgs } from 'node:util';
import { onEtcd, onFiles, type Servers } from './deployments.ts';
import { kinds, type Plan, plansOf, steps } from './plan.ts';
import { startResource } from './resource.ts';
import { type Outcome, runOnce } from './run.ts';

/** The command `npm run gates`. The last line is JSON with `--json`; the exit code is 0 only if all is well. */

const usage = `npm run gates -- [--runs 200] [--seed 1] [--log file|etcd] [--step STEP] [--kind KIND] [--only N]
                   [--lanes 1] [--json]

Three processes of quorate gate on one decision, in each run. The one that holds the claim is killed, or frozen and woken later, at a
step that the plan gives, with a server or a member of etcd at the same moment, and what is being said then arrives late.

  --log   servers on plain files, or over etcd only; else both, at the same time
  --step  ${steps.join(', ')}
  --kind  ${kinds.join(', ')}
  --only  this run and no other
  --lanes so many runs at a time on each kind of log, each on servers of its own
  --careless  none, ignores-loss or done-first: gates that stand in, with such a fault
  --no-fence  with a resource that takes everything`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    log: { type: 'string' },
    step: { type: 'string' },
    kind: { type: 'string' },
    only: { type: 'string' },
    lanes: { type: 'string', default: '1' },
    careless: { type: 'string' },
    'no-fence': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
const plans = plansOf(runs, seed, values).filter(({ number }) =>
  [undefined, String(number)].includes(values.only),
);
if (values.help || plans.length === 0 || !Number.isInteger(seed)) {
  process.stderr.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

const begun = performance.now();
const outcomes: Outcome[] = [];
const resource = await startResource(!values['no-fence']);
const isFile = ({ place }: Plan): boolean => place.startsWith('file');
process.stderr.write(`gates: seed ${seed}\n`);
const lanes = Array.from({ length: Number(values.lanes) }, (_, n) => {
  const own = plans.filter(({ number }) => number % Number(values.lanes) === n);
  return [
    lane(onFiles, own.filter(isFile)),
    lane(
      onEtcd,
      own.filter((plan) => !isFile(plan)),
    ),
  ];
});
const ended = await Promise.allSettled(lanes.flat());
resource.close();
for (const one of ended) if (one.status === 'rejected') throw one.reason;
const failed = outcomes.filter(({ faults }) => faults.length > 0);
const report = { ...reportOf(outcomes), seed, seconds: Math.round((performance.now() - begun) / 1000) };
process.stdout.write(`${values.json ? JSON.stringify(report) : JSON.stringify(report, null, 1)}\n`);
process.exit(failed.length === 0 ? 0 : 1);

/** Does the runs of one kind of log, one after the other. */
async function lane(start: () => Promise<Servers>, own: readonly Plan[]): Promise<void> {
  if (own.length === 0) return;
  const servers = await start();
  try {
    for (const plan of own) {
      const outcome = await runOnce(plan, seed, { servers, resource, careless: values.careless ?? null });
      outcomes.push(outcome);
      if (outcome.faults.length > 0) explain(outcome);
      else if (outcomes.length % 10 === 0)
        process.stderr.write(`${outcomes.length} of ${plans.length} runs\n`);
    }
  } finally {
    await servers.stop();
  }
}

function explain({ plan, faults, record }: Outcome): void {
  const { number, place, faults: planned } = plan;
  const hits = planned.map(({ step, kind, until }) => `${kind} at ${step}, until ${until}`).join('; then ');
  const story = [
    ...(record?.writes ?? []).map(({ write, verdict }) => `${write.act} under ${write.fence}: ${verdict}`),
    ...(record?.exchanges ?? []).map(
      ({ gate, exchange: { what, body }, answer }) =>
        `gate ${gate}: ${what} ${body.fence ?? ''} -> ${answer.status} ${answer.body.code ?? answer.body.fence}`,
    ),
  ];
  process.stderr.write(
    `run ${number} on ${place} FAILED: ${hits}\n  ${[...faults, ...story].join('\n  ')}\n`,
  );
  const choice = (['log', 'step', 'kind', 'careless'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name} ${values[name]}`],
  );
  const rerun = [
    `--runs ${runs} --seed ${seed} --only ${number}`,
    ...choice,
    ...(values['no-fence'] ? ['--no-fence'] : []),
  ];
  process.stderr.write(`rerun: npm run gates -- ${rerun.join(' ')}\n`);
}

function reportOf(all: readonly Outcome[]) {
  const records = all.flatMap(({ record }) => record ?? []);
  const exchanges = records.flatMap((record) => record.exchanges);
  const writes = records.flatMap((record) => record.writes);
  const taken = exchanges.filter(({ answer }) => answer.status === 201);
  const count = (names: readonly string[]): object =>
    Object.fromEntries(
      [...new Set(names)].sort().map((name) => [name, names.filter((one) => one === name).length]),
    );
  return {
    runs: all.length,
    failed: all.filter(({ faults }) => faults.length > 0).length,
    places: count(all.map(({ plan }) => plan.place)),
    hit: count(all.flatMap(({ hit }) => hit)),
    kinds: count(all.flatMap(({ plan, hit }) => plan.faults.slice(0, hit.length).map(({ kind }) => kind))),
    released: writes.filter(({ write, verdict }) => write.act === 'last' && verdict === 'accepted').length,
    claims: taken.length,
    commands: new Set(writes.map(({ write }) => write.pid)).size,
    refusedByResource: writes.filter(({ verdict }) => verdict === 'refused').length,
    foundReleased: writes.filter(({ write, verdict }) => write.act === 'begin' && verdict === 'there').length,
    staleAtServer: exchanges.filter(({ answer }) => answer.body.code === 'stale-fence').length,
    survivors: records.reduce((sum, { ends }) => sum + ends.length, 0),
  };
}
