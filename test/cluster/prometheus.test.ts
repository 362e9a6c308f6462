import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectSocket } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect } from '../../src/client/index.ts';
import { metrics } from '../../src/http/metrics/catalogue.ts';
import { blocksOf } from '../e2e/blocks.ts';
import { Authority } from '../harness/certificates.ts';
import { Receiver } from '../harness/receiver.ts';
import { type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { etcdBinary, prometheusBinaries } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';
import { freePorts } from './ports.ts';

/** What operators have of the metrics: a real Prometheus that scrapes real servers, and the files that they give it. */

const tools = prometheusBinaries();
const etcdBin = etcdBinary();
const token = 'the-token-of-an-administrator-of-this-test';
const rules = resolve('deploy/prometheus/alerts.yaml');
/** ms for what another process does. */
const patience = 60_000;

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const alerts = (parse(readFileSync(rules, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(readFileSync('deploy/grafana/quorate.json', 'utf8')) as { panels: Panel[] };

const folder = temporaryFolder();
const ends: (() => unknown)[] = [folder.remove];
let files: Server;
let overEtcd: Server;
let overTls: Server;
let receiver: Receiver;
let prometheus = '';

beforeAll(async () => {
  if (tools === null || etcdBin === null) return;
  receiver = await Receiver.start();
  ends.push(() => receiver.stop());
  const etcd = await EtcdCluster.start({ binary: etcdBin });
  ends.push(() => etcd.stop());
  const { cert, key } = new Authority(folder.path).issue({ name: 'localhost' });
  writeFileSync(join(folder.path, 'token'), token, { mode: 0o600 });
  const sharing = ['--webhook-allow', receiver.host, '--limit', 'streamsPerAddress=1'];
  const starting = [
    startServer(['--data', join(folder.path, 'data'), '--limit', 'checkpointEntries=20', ...sharing]),
    startServer(['--log', etcd.url('metrics')]),
    startServer([
      ...['--log', 'memory:', '--tls-cert', cert, '--tls-key', key],
      ...['--admin-token-file', join(folder.path, 'token')],
    ]),
  ];
  for (const one of starting)
    void one.then(
      (server) => ends.push(() => server.kill()),
      () => undefined,
    );
  [files, overEtcd, overTls] = (await Promise.all(starting)) as [Server, Server, Server];
  prometheus = await startPrometheus();
  await Promise.all([use(files, receiver), use(overEtcd, null), plainToTls(overTls.port)]);
  // Two scrapes after what comes last, so that each rate has something to go by.
  const last =
    '{__name__=~"quorate_problems_total|quorate_connections_dropped_total",code=~"behind|",why=~"tls|"}';
  await until(patience, async () => (await samples(`rate(${last}[1m])`)).length === 3 || undefined);
}, 180_000);

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

/** Starts one that scrapes all three servers each second, and returns its address once it has. */
async function startPrometheus(): Promise<string> {
  const [port = 0] = await freePorts(1);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'quorate',
        static_configs: [{ targets: [files, overEtcd].map((one) => `127.0.0.1:${one.port}`) }],
      },
      {
        job_name: 'quorate-tls',
        scheme: 'https',
        tls_config: { insecure_skip_verify: true },
        authorization: { credentials_file: join(folder.path, 'token') },
        static_configs: [{ targets: [`127.0.0.1:${overTls.port}`] }],
      },
    ],
  };
  // YAML takes JSON.
  const path = join(folder.path, 'prometheus.yml');
  writeFileSync(path, JSON.stringify(config));
  const checked = spawnSync(tools?.promtool ?? '', ['check', 'config', path], { encoding: 'utf8' });
  if (checked.status !== 0) throw new Error(checked.stderr);
  const data = `--storage.tsdb.path=${join(folder.path, 'tsdb')}`;
  const address = `--web.listen-address=127.0.0.1:${port}`;
  const child: ChildProcess = spawn(
    tools?.prometheus ?? '',
    [`--config.file=${path}`, data, address, '--log.level=error'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const gone = new Promise((end) => child.once('exit', end));
  ends.push(() => {
    child.kill('SIGKILL');
    return gone;
  });
  prometheus = `http://127.0.0.1:${port}`;
  await until(patience, async () => (await samples('up == 1')).length === 3 || undefined);
  return prometheus;
}

/** Something of everything that is counted. */
async function use(server: Server, receiver: Receiver | null): Promise<void> {
  const { url } = server;
  const late = tooEarly(url);
  const group = connect({ url }).group('lunch');
  const electorate = { agents: ['ann', 'bob'] };
  await group.create({ rule: { electorate, threshold: 2, next: 'continuous' } });
  if (receiver !== null) {
    await group.webhooks.put('good', { url: receiver.at('/good', (response) => void response.end()) });
    const refuse = receiver.at('/bad', (response) => void response.writeHead(500).end());
    await group.webhooks.put('bad', { url: refuse });
  }
  const ann = await group.join('ann');
  for (let round = 1; round <= 15; round += 1) {
    const deciding = ann.propose({ value: 'pizza', round, wait: '20s' });
    await group.propose({ agent: 'bob', round, value: 'pizza' });
    await deciding;
  }
  // A round that is not decided, a message, a caller that waits, and what is refused: a wrong token, and a stream too many.
  await group.propose({ agent: 'bob', round: 16, value: 'pasta' });
  await ann.say('hello');
  const headers = { authorization: 'Bearer wrong', 'content-type': 'application/json' };
  const path = `${url}/v1/groups/lunch`;
  await fetch(`${path}/rounds/16/proposals/ann`, { method: 'PUT', headers, body: '{"value":1}' });
  const streams = new AbortController();
  ends.push(() => streams.abort());
  for (let n = 0; n < 3; n += 1) await fetch(`${path}/events`, { signal: streams.signal });
  await late;
  ann.release();
}

/** A caller that has seen what this server will never have gets 503 after a while. */
async function tooEarly(url: string): Promise<void> {
  const seen = (await fetch(`${url}/healthz`)).headers.get('quorate-session') ?? '';
  const later = seen.replace(/\d+$/, '999999');
  expect((await fetch(`${url}/v1/groups`, { headers: { 'quorate-session': later } })).status).toBe(503);
}

/** A connection to a port for TLS that speaks plain HTTP. */
function plainToTls(port: number): Promise<void> {
  return new Promise((end) => {
    const socket = connectSocket(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
    socket.on('error', () => undefined).once('close', () => end());
    socket.resume();
  });
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

/** What a query gives; throws with what Prometheus says of one that it cannot run. */
async function samples(query: string): Promise<readonly unknown[]> {
  const body = new URLSearchParams({ query });
  const answer = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body }).catch(() => null);
  // Not while it starts.
  if (answer === null || answer.status === 503) return [];
  const { status, error, data } = (await answer.json()) as Answer;
  if (status !== 'success') throw new Error(`${query}: ${error}`);
  return data?.result ?? [];
}

function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const done = spawnSync(tools?.promtool ?? '', args, { input, encoding: 'utf8', timeout: 60_000 });
  return { status: done.status, output: done.stdout + done.stderr };
}

async function textOf(server: Server): Promise<string> {
  if (server !== overTls) return (await fetch(`${server.url}/metrics`)).text();
  return new Promise((text, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(`${server.url}/metrics`, { headers, rejectUnauthorized: false }, (answer) => {
      let all = '';
      answer.setEncoding('utf8').on('data', (some: string) => {
        all += some;
      });
      answer.on('end', () => text(all));
    });
    sent.on('error', reject).end();
  });
}

describe.skipIf(tools === null || etcdBin === null)('with Prometheus', () => {
  test('promtool accepts the metrics of every kind of log without a complaint', async () => {
    for (const server of [files, overEtcd, overTls])
      expect(promtool(['check', 'metrics'], await textOf(server))).toEqual({ status: 0, output: '' });
    // Nothing that it would accept whatever it is given.
    expect(promtool(['check', 'metrics'], 'a_total{quantile="1"} 1\n').status).not.toBe(0);
  });

  test('they and /v1/info name the commit of the build, where there is a checkout to ask', async () => {
    const { commit } = (await (await fetch(`${files.url}/v1/info`)).json()) as { commit: string | null };
    expect(await textOf(files)).toContain(`commit="${commit ?? ''}"`);
    if (existsSync('.git')) expect(commit).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
    else expect(commit).toBeNull();
  });

  test('one server or the other shows each family of the catalogue, and no other', async () => {
    const texts = await Promise.all([files, overEtcd, overTls].map(textOf));
    const shown = new Set([...texts.join('').matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    expect([...shown].sort()).toEqual(metrics.map(([name]) => name).sort());
  });

  test('the configuration of docs/metrics.md is valid, with a token of its own', () => {
    const [written = ''] = blocksOf('docs/metrics.md', 'yaml');
    const path = join(folder.path, 'written.yml');
    const check = (config: string) => {
      writeFileSync(path, config);
      return promtool(['check', 'config', path]);
    };
    const checked = check(written.replace('/etc/prometheus/quorate.token', join(folder.path, 'token')));
    expect(checked, checked.output).toMatchObject({ status: 0 });
    // Nothing that it would accept whatever it is given.
    expect(check(written).status).not.toBe(0);
  });

  test('the alert rules are valid, each fires where it should, and Prometheus evaluates all of them', async () => {
    expect(promtool(['check', 'rules', rules]).status).toBe(0);
    const tested = promtool(['test', 'rules', rules.replace('.yaml', '.test.yaml')]);
    expect(tested, tested.output).toMatchObject({ status: 0 });
    const { data } = (await (await fetch(`${prometheus}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const evaluated = data.groups.flatMap((group) => group.rules);
    expect(evaluated.map(({ name }) => name).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
    expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test.each(alerts)('the alert $alert compares something that is there', async ({ expr }) => {
    const compared = /^(.*) (?:==|<|>) [\de.]+$/s.exec(expr)?.[1];
    expect(compared, 'it ends with a comparison to a number').toBeDefined();
    expect(await samples(compared ?? '')).not.toEqual([]);
  });

  // What others look at needs a broken machine: `promtool test rules` has made-up figures for each.
  test('the alert of failing webhooks holds as soon as a receiver fails, and no longer than its webhook is there', async () => {
    const { expr = '' } = alerts.find(({ alert }) => alert === 'QuorateWebhookFailing') ?? {};
    const failing = async () => (await samples(expr)) as { metric: object; value: [number, string] }[];
    const client = connect({ url: files.url });
    const group = client.group('orders');
    for (const one of [client.group('lunch'), group]) await one.webhooks.delete('bad').catch(() => undefined);
    await expect.poll(failing, { timeout: patience }).toEqual([]);
    await group.create({ rule: { electorate: { size: 1 }, next: 'continuous' } });
    await group.webhooks.put('bad', {
      url: receiver.at('/bad', (response) => void response.writeHead(500).end()),
    });
    await group.propose({ agent: 'ann', value: 'pizza' });
    await expect.poll(failing, { timeout: patience }).toHaveLength(1);
    const [one] = await failing();
    expect([one?.metric, one?.value[1]]).toEqual([{ job: 'quorate' }, '1']);
    await group.webhooks.delete('bad');
    await expect.poll(failing, { timeout: patience }).toEqual([]);
  });

  const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  );
  test.each(queries)('the panel "%s" shows something: %s', async (_title, expr) => {
    const query = expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)\b/g, '.*');
    expect(query).not.toContain('$');
    expect(await samples(query)).not.toEqual([]);
  });

  test('a query about what is not there gives nothing, so that the tests above can fail', async () => {
    expect(await samples('quorate_no_such_metric')).toEqual([]);
    await expect(samples('sum by (')).rejects.toThrow('parse error');
  });
});
