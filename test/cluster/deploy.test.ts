import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exit } from '../../src/cli/exit.ts';
import { connect } from '../../src/client/index.ts';
import { until, within } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { freePorts } from './ports.ts';

/**
 * What deploy/ tells people to run, run as it is written: without containers and without systemd, but the same commands, flags
 * and variables. Put in their place are names of machines (addresses of loopback), paths, and ports of servers; nothing
 * else. The units run whole in runbook.test.ts.
 */
const binary = etcdBinary();
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const adminToken = 'one-long-enough-for-anybody';

let folder: string;
let network: string;
let running: Running[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-deploy-'));
  // Of its own, so that members keep the ports that the files give them.
  network = `127.${process.pid % 250}.${Math.floor(Math.random() * 250)}`;
  running = [];
});

afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('as deploy/ says', () => {
  test('compose.yaml: any of three servers over three members takes a proposal', async () => {
    const { services } = parse(textOf('deploy/compose.yaml'), { merge: true }) as Compose;
    const names = Object.keys(services);
    const addresses = new Map(names.map((name, i) => [name, `${network}.${i + 1}`]));
    const ports = await freePorts(3);
    const servers: { service: Service; port: number; process: Running }[] = [];
    for (const [name, service] of Object.entries(services)) {
      for (const other of service.depends_on ?? []) expect(names).toContain(other);
      const words = service.command.map((word) =>
        word.replace(/\betcd\d(?=:\d)/g, (host) => addresses.get(host) as string),
      );
      if (words[0] === 'etcd') {
        expect(service.volumes).toEqual([`${name}:/data`]);
        const own = words.map((word) =>
          word
            .replace('//0.0.0.0:', `//${addresses.get(name)}:`)
            .replace(/=\/data$/, `=${join(folder, name)}`),
        );
        start(binary as string, own.slice(1), {});
        continue;
      }
      const [, host, outside, inside] = /^(127\.0\.0\.1):(\d+):(\d+)$/.exec(String(service.ports)) ?? [];
      expect({ host, outside }).toEqual({ host: '127.0.0.1', outside: `500${servers.length + 1}` });
      const port = ports[servers.length] as number;
      // Node itself runs what lies in the checkout: a program between would take the signals.
      expect(words.slice(0, 3)).toEqual(['node', 'dist/cli/main.js', 'server']);
      expect(service.volumes).toEqual(['..:/srv:ro']);
      const at = words.indexOf(`--port=${inside}`);
      expect(at).toBeGreaterThan(0);
      words[at] = `--port=${port}`;
      const environment = Object.entries(service.environment ?? {}).map(([variable, value]) => {
        expect(value).toMatch(new RegExp(`^\\$\\{${variable}:\\?.*\\}$`));
        return [variable, adminToken];
      });
      const process = start(program, words.slice(2), Object.fromEntries(environment));
      servers.push({ service, port, process });
    }
    expect(servers).toHaveLength(3);

    for (const { service, port } of servers) await comesTo(() => isHealthy(service, port));
    const urls = servers.map(({ port }) => `http://127.0.0.1:${port}`);
    await decideBy(urls.map((url) => connect({ url, token: adminToken })));
    const stranger = await connect({ url: urls[0] as string })
      .group('other')
      .create({})
      .catch((error: { code?: string }) => error.code);
    expect(stranger).toBe('token-required');

    const [first] = servers as [(typeof servers)[0]];
    first.process.child.kill('SIGTERM');
    expect(await within(30_000, first.process.ended, () => first.process.output())).toBe(0);
    expect(isHealthy(first.service, first.port)).toBe(false);
  });

  test('quorate.service: node itself is started, reload is SIGHUP, settings that are wrong are not tried again', async () => {
    const { ExecStart = '', ...unit } = unitOf('deploy/quorate.service');
    const [node, path, ...args] = ExecStart.split(' ');
    expect([node, path]).toEqual(['/usr/bin/node', '/opt/quorate/lib/node_modules/quorate/bin/quorate.js']);
    expect(unit.ExecReload).toBe('/bin/kill -HUP $MAINPID');
    const mistaken = start(program, args, { QUORATE_PORT: 'none' });
    const code = await within(20_000, mistaken.ended, () => mistaken.output());
    expect(code).toBe(exit.usage);
    expect(unit).toMatchObject({ Restart: 'always', RestartPreventExitStatus: String(code) });
  });
});

interface Service {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}

interface Running {
  readonly child: ChildProcess;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  output(): string;
}

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Starts etcd or our program with no other settings in its environment than these. */
function start(
  path: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running {
  const [command, ...before] = path === program ? [process.execPath, path] : [path];
  const child = spawn(command as string, [...before, ...args], {
    env: { PATH: process.env.PATH, HOME: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-20_000);
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const one = { child, ended, output: () => output };
  running.push(one);
  return one;
}

/** Waits for something that all who run bring about together; rejects with what they wrote once one has ended. */
async function comesTo(good: () => boolean | Promise<boolean>): Promise<void> {
  const said = (): string =>
    running.map(({ child, output }) => `${child.spawnargs}\n${output()}`).join('\n\n');
  await until(60_000, async () => {
    if (running.some(({ child }) => child.exitCode !== null)) throw new Error(said());
    return (await good()) || undefined;
  }).catch((error: Error) => Promise.reject(new Error(`${error.message}\n${said()}`)));
}

/** What the service's own check says, asked where it listens here. */
function isHealthy({ healthcheck, command }: Service, port: number): boolean {
  const [kind, name, ...words] = healthcheck?.test ?? [];
  expect([kind, name]).toEqual(['CMD', 'node']);
  const inside = command.join().match(/--port=(\d+)/)?.[1];
  const args = words.map((word) => word.replace(`:${inside}/`, `:${port}/`));
  expect(args).not.toEqual(words);
  return spawnSync(process.execPath, args, { timeout: 10_000 }).status === 0;
}

/** Each client proposes once; all see the same decision. */
async function decideBy(clients: readonly ReturnType<typeof connect>[]): Promise<void> {
  const many = clients.length;
  const made = clients[0]?.group('trial').create({ rule: { electorate: { size: many }, threshold: many } });
  await made;
  const outcomes = await Promise.all(
    clients.map((client, i) =>
      client.group('trial').propose({ agent: `agent-${i}`, round: 1, value: 7, wait: '20s' }),
    ),
  );
  expect(outcomes.map(({ state, value }) => ({ state, value }))).toEqual(
    Array(many).fill({ state: 'SUCCESS', value: 7 }),
  );
}

/** The settings of a unit's services; systemd has no setting twice here. */
function unitOf(path: string): Readonly<Record<string, string | undefined>> {
  const lines = textOf(path)
    .split('\n')
    .filter((line) => line !== '' && !/^[#;]/.test(line));
  const settings: Record<string, string> = {};
  for (const line of lines) {
    if (/^\[(Unit|Service|Install)\]$/.test(line)) continue;
    const [, name = '', value = ''] = /^([A-Z]\w+)=(|\S.*)$/.exec(line) ?? [];
    expect(name, `${path}: ${line}`).not.toBe('');
    expect(settings, path).not.toHaveProperty(name);
    settings[name] = value;
  }
  return settings;
}
