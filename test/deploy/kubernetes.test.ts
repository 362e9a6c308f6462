import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join, resolve } from 'node:path';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Service } from 'kubernetes-models/v1';
import { afterEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { connect } from '../../src/client/index.ts';
import { EtcdCluster } from '../cluster/etcd.ts';
import { freePorts } from '../cluster/ports.ts';
import { temporaryFolder, until, within } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { fromCheckout, imageDefaults } from './dockerfile.ts';

/**
 * deploy/kubernetes without a cluster: the manifests are what the schemas of Kubernetes allow and fit each other, and their
 * containers' commands, variables and probes are run as they stand. Only ports, paths and addresses of etcd are put in their place.
 */
const folder = 'deploy/kubernetes';
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const kinds = {
  Service: { model: Service, from: 'kubernetes-models/v1' },
  StatefulSet: { model: StatefulSet, from: 'kubernetes-models/apps/v1' },
  Deployment: { model: Deployment, from: 'kubernetes-models/apps/v1' },
  PodDisruptionBudget: { model: PodDisruptionBudget, from: 'kubernetes-models/policy/v1' },
  ServiceMonitor: {
    model: ServiceMonitor,
    from: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  },
} as const;
type Kind = keyof typeof kinds;

const adminToken = 'one-long-enough-for-anybody';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(files)('%s', (file) => {
  const all = documentsIn(file);

  test('is what the schemas allow', () => {
    expect(all.length).toBeGreaterThan(0);
    for (const one of all) {
      expect(Object.keys(kinds)).toContain(one.kind);
      // Throws an error that says where and what.
      new (kinds[one.kind].model as unknown as new (data: object) => { validate(): void })(one).validate();
    }
  });

  test('has a member that no schema knows nowhere', () => {
    expect(complaints(all)).toBe('');
  });
});

test('a member that no schema knows, such as a name with a slip, would be found', () => {
  const [one] = documentsIn('one-server.yaml').filter(({ kind }) => kind === 'StatefulSet');
  const { spec, ...rest } = one as Document;
  expect(complaints([{ ...rest, spec: { ...spec, replica: 1 } } as Document])).toContain('"replica"');
});

describe.each(['one-server.yaml', 'cluster.yaml'])('the parts of %s fit each other:', (file) => {
  const all = documentsIn(file);
  const workload = all.find(({ spec }) => spec.template !== undefined) as Document & { spec: Workload };
  const { template } = workload.spec;
  const [container] = template.spec.containers as [ContainerSpec];
  const { labels } = template.metadata;

  test('whoever selects pods selects these, by the port that they have', () => {
    expect(workload.spec.selector.matchLabels).toEqual(labels);
    for (const { spec, kind } of all) {
      const selector = kind === 'Service' ? spec.selector : spec.selector.matchLabels;
      expect(selector, kind).toEqual(labels);
    }
    const names = container.ports.map(({ name }) => name);
    const [service] = all.filter(({ kind }) => kind === 'Service') as [Document];
    expect(names).toContain(service.spec.ports?.[0]?.targetPort);
    const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
    for (const { httpGet } of probes) expect(names).toContain(httpGet.port);
    const [monitor] = documentsIn('monitor.yaml') as [Document];
    expect(monitor.spec.endpoints?.[0]?.port).toBe(service.spec.ports?.[0]?.name);
    expect(monitor.spec.selector.matchLabels).toEqual(service.metadata.labels);
    // One Service and no more, or Prometheus would count each pod twice.
    expect(all.filter(({ kind, metadata }) => kind === 'Service' && metadata.labels !== undefined)).toEqual([
      service,
    ]);
    const { serviceName } = workload.spec;
    const naming = all.filter(
      ({ metadata, spec }) => metadata.name === serviceName && spec.clusterIP === 'None',
    );
    expect(naming).toHaveLength(workload.kind === 'StatefulSet' ? 1 : 0);
    expect(container.args).toContain(`--allow-host=${service.metadata.name}`);
  });

  test('nobody in particular, who may do nothing, on a file system that is read-only but for the data', () => {
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 1000,
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(template.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    const provided = [
      ...template.spec.volumes.map(({ name }) => name),
      ...(workload.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    ];
    expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(provided.sort());
  });

  test('there is time to stop: the pause, 12 s of the server where etcd is silent, and some more', () => {
    const pause = Number(
      /setTimeout\(.*, (\d+)\)/.exec(container.lifecycle.preStop.exec.command.join(' '))?.[1],
    );
    expect(pause).toBeGreaterThan(0);
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(pause / 1000 + 12 + 5);
    const [first = '', ...rest] = container.lifecycle.preStop.exec.command;
    expect(first).toBe('node');
    const short = rest.map((word) => word.replace(`${pause}`, '1'));
    expect(spawnSync(process.execPath, short, { timeout: 60_000 }).status).toBe(0);
  });
});

test('one-server.yaml: its container serves, probes tell when, and what it was told outlives it', async () => {
  const [port] = (await freePorts(1)) as [number];
  const data = temporaryFolder();
  cleanups.push(data.remove);
  const pod = podOf('one-server.yaml');
  const first = pod.run({ port, data: data.path });
  await pod.comesTo('startupProbe', 200, first);
  await pod.comesTo('readinessProbe', 200, first);
  await pod.comesTo('livenessProbe', 200, first);
  const group = connect({ url: `http://127.0.0.1:${port}`, token: adminToken }).group('lunch');
  await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
  await group.propose({ agent: 'ann', round: 1, value: 'soup', wait: '10s' });
  // As others in the cluster call it, and as Prometheus does.
  const { port: inside } = first;
  expect(await get(inside, '/readyz', { host: 'quorate:5000' })).toMatchObject({ status: 200 });
  const [monitor] = documentsIn('monitor.yaml') as [Document];
  const metrics = monitor.spec.endpoints?.[0]?.path as string;
  expect(await get(inside, metrics, { authorization: `Bearer ${adminToken}` })).toMatchObject({
    status: 200,
  });
  expect(await get(inside, metrics, {})).toMatchObject({ status: 401 });
  first.child.kill('SIGTERM');
  expect(await within(30_000, first.ended, first.output)).toBe(0);

  const second = pod.run({ port, data: data.path });
  await pod.comesTo('readinessProbe', 200, second);
  expect(await group.round(1)).toMatchObject({ state: 'SUCCESS', value: 'soup' });
});

const etcd = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
test.skipIf(!etcd)(
  'cluster.yaml: as many servers as it says decide over one etcd, and one may go',
  async () => {
    const store = await EtcdCluster.start({ binary: etcd as string });
    cleanups.push(() => store.stop());
    const pod = podOf('cluster.yaml');
    const ports = await freePorts(pod.replicas);
    expect(ports).toHaveLength(3);
    const servers = ports.map((port, i) =>
      pod.run({ port, log: store.url('quorate'), name: `quorate-${i}` }),
    );
    for (const server of servers) await pod.comesTo('readinessProbe', 200, server);
    const group = connect({ urls: ports.map((port) => `http://127.0.0.1:${port}`), token: adminToken }).group(
      'lunch',
    );
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    expect(await group.propose({ agent: 'ann', round: 1, value: 1, wait: '20s' })).toMatchObject({
      value: 1,
    });
    const [first] = servers as [Run, ...Run[]];
    first.child.kill('SIGTERM');
    expect(await within(30_000, first.ended, first.output)).toBe(0);
    expect(await group.propose({ agent: 'ann', round: 2, value: 2, wait: '20s' })).toMatchObject({
      value: 2,
    });
    const cluster = await get(ports[1] as number, '/v1/cluster', { authorization: `Bearer ${adminToken}` });
    expect(cluster.text).toContain('"quorate-1"');
  },
);

interface Document {
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly clusterIP?: string;
    readonly template?: object;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly ports?: readonly { readonly name: string; readonly targetPort: string }[];
    readonly endpoints?: readonly { readonly port: string; readonly path: string }[];
  };
}

interface Workload {
  readonly replicas: number;
  /** Of a StatefulSet: the Service by which its pods have names. */
  readonly serviceName?: string;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly securityContext: object;
      readonly containers: readonly ContainerSpec[];
      readonly volumes: readonly { readonly name: string }[];
    };
  };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface ContainerSpec {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

function documentsIn(file: string): Document[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((one) => one.toJS() as Document);
}

/** What the compiler says of the documents as the types of Kubernetes; nothing where each member is known. */
function complaints(all: readonly Document[]): string {
  mkdirSync('.cache', { recursive: true });
  // In the checkout, where packages are found.
  const place = mkdtempSync(join('.cache', 'manifests-'));
  cleanups.push(() => rmSync(place, { recursive: true, force: true }));
  const lines = all.map(
    (one, i) =>
      `import type { I${one.kind} as T${i} } from '${kinds[one.kind].from}';\nexport const d${i}: T${i} = ${JSON.stringify(one)};`,
  );
  writeFileSync(join(place, 'manifests.ts'), lines.join('\n'));
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'esnext',
  ];
  const compiler = resolve('node_modules/.bin/tsc');
  const done = spawnSync(compiler, [...options, '--types', '', join(place, 'manifests.ts')], {
    encoding: 'utf8',
  });
  return done.stdout + done.stderr;
}

/** A container of a pod, as a process here. */
interface Run {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<number | null>;
  output(): string;
}

interface Place {
  readonly port: number;
  /** In the place of /data. */
  readonly data?: string;
  /** What the secret says of the log. */
  readonly log?: string;
  /** Of the pod. */
  readonly name?: string;
}

function podOf(file: string) {
  const { spec } = documentsIn(file).find((one) => one.spec.template !== undefined) as Document & {
    spec: Workload;
  };
  const [container] = spec.template.spec.containers as [ContainerSpec];
  const secret = temporaryFolder();
  cleanups.push(secret.remove);
  writeFileSync(join(secret.path, 'admin-token'), `${adminToken}\n`);
  const mounted = (text: string): string => text.replace('/run/secrets/quorate', secret.path);
  const valueFor = ({ value, valueFrom }: ContainerSpec['env'][number], { log, name }: Place): string => {
    if (value !== undefined) return mounted(value);
    const from = JSON.stringify(valueFrom);
    if (from === '{"secretKeyRef":{"name":"quorate","key":"log"}}') return log as string;
    if (from === '{"fieldRef":{"fieldPath":"metadata.name"}}') return name as string;
    throw new Error(`no value for ${from}`);
  };
  return {
    replicas: spec.replicas,
    run(place: Place): Run {
      const { env, entrypoint } = imageDefaults();
      const own = Object.entries(env).map(([name, value]) => [
        name,
        value.replace('/data', place.data ?? '/data'),
      ]);
      const given = container.env.map((one) => [one.name, valueFor(one, place)]);
      const [node, ...words] = [...entrypoint, ...container.args].map(fromCheckout);
      expect(node).toBe('node');
      const child = spawn(process.execPath, words, {
        env: {
          PATH: process.env.PATH,
          ...Object.fromEntries([...own, ...given]),
          QUORATE_PORT: String(place.port),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += String(chunk);
        });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      cleanups.push(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      return { child, port: place.port, ended, output: () => output };
    },
    async comesTo(
      probe: 'startupProbe' | 'readinessProbe' | 'livenessProbe',
      status: number,
      run: Run,
    ): Promise<void> {
      const { path } = container[probe].httpGet;
      await until(60_000, async () => {
        if (run.child.exitCode !== null) throw new Error(run.output());
        const answer = await get(run.port, path, {}).catch(() => null);
        return answer?.status === status ? true : undefined;
      });
    },
  };
}

function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, headers, agent: false }, (reply) => {
        let text = '';
        reply.on('data', (chunk) => {
          text += String(chunk);
        });
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
      })
      .on('error', reject);
  });
}
