import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { freePorts } from '../cluster/ports.ts';
import { Receiver } from '../harness/receiver.ts';
import { quorate, type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { blocksOf } from './blocks.ts';
import { shell } from './shell.ts';

/** Webhooks on real servers: what receivers get, whatever they and the servers do. [Q11] */

const patience = { timeout: 90_000 };
/** What comes by itself comes within this time, however busy the machine is. */
const eventually = <T>(what: () => T) => expect.poll(what, { timeout: 30_000 });
const running: Server[] = [];
const receivers: Receiver[] = [];
const folders: ReturnType<typeof temporaryFolder>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
  for (const receiver of receivers.splice(0)) receiver.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

async function receiving(): Promise<Receiver> {
  const receiver = await Receiver.start();
  receivers.push(receiver);
  return receiver;
}

async function serving(args: readonly string[]): Promise<Server> {
  const server = await startServer(args);
  running.push(server);
  return server;
}

function folder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made.path;
}

/** A group that one vote decides. */
async function groupOn(url: string, name = 'lunch') {
  const group = connect({ url }).group(name);
  await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
  return group;
}

test(
  'the command line sets up a webhook, whose receiver gets each outcome, signed [Q11.1] [Q11.3] [Q11.11]',
  patience,
  async () => {
    const receiver = await receiving();
    const { url } = await serving(['--log', 'memory:', '--webhook-allow', receiver.host]);
    const group = await groupOn(url);
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await quorate(['webhook', ...args, '--group', 'lunch', '--url', url]);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const secret = (await run('put', 'channel', receiver.at('/channel'))).trim();
    await group.propose({ agent: 'ann', value: 'pizza <b>', note: 'never sent', wait: '10s' });
    await eventually(() => receiver.got.length).toBe(1);
    const first = receiver.got[0]!;
    expect(new Webhook(secret).verify(first.body, first.headers as Record<string, string>)).toMatchObject({
      type: 'round.closed',
      data: { group: 'lunch', round: 1, state: 'SUCCESS', value: 'pizza <b>' },
    });
    expect(first.body).not.toContain('never sent');
    expect(first.headers['content-type']).toBe('application/json');
    // The body that docs/webhooks.md shows has the same fields; their order is nobody's promise.
    const [shown = ''] = blocksOf('docs/webhooks.md', 'json');
    const fields = (body: string) => {
      const { data, ...around } = JSON.parse(body) as { data: object };
      return [Object.keys(around).toSorted(), Object.keys(data).toSorted()];
    };
    expect(fields(shown)).toEqual(fields(first.body));

    const next = (await run('put', 'channel', receiver.at('/channel'), '--rotate')).trim();
    expect(next).not.toBe(secret);
    await run('test', 'channel');
    await eventually(() => receiver.got.length).toBe(2);
    const test = receiver.got[1]!;
    for (const one of [secret, next])
      expect(new Webhook(one).verify(test.body, test.headers as Record<string, string>)).toMatchObject({
        type: 'webhook.test',
      });

    await run('put', 'chat', receiver.at('/chat'), '--format', 'slack');
    await run('put', 'team', receiver.at('/team'), '--format', 'teams');
    await group.propose({ agent: 'ann', value: 'pizza <b>', wait: '10s' });
    await eventually(() => receiver.got.length).toBe(5);
    const text = JSON.parse(receiver.of('/chat')[0]!.body).text as string;
    expect(text).toContain('lunch, round 2: agreed on "pizza &lt;b&gt;". ');
    expect(receiver.of('/team')[0]!.body).toContain('"text":"lunch, round 2: agreed on \\"pizza <b>\\". ');

    await eventually(() => run('list')).toMatch(/channel .* 0 +3 +0/);
    await run('replay', 'channel', '1');
    await eventually(() => receiver.of('/channel').map(({ id }) => id)).toHaveLength(4);
    expect(receiver.of('/channel')[3]).toMatchObject({ id: first.id, body: first.body });
    await eventually(() => run('show', 'channel')).toMatch(/1 +lunch round 1 +delivered/);
    await run('delete', 'channel');
    expect(await run('list')).not.toContain('channel');
  },
);

test(
  'receivers that fail, hang up, redirect or lie get everything in the end, once it is their turn again [Q11.6]',
  patience,
  async () => {
    const receiver = await receiving();
    const other = await receiving();
    const { url } = await serving(['--log', 'memory:', '--webhook-allow', receiver.host]);
    const group = await groupOn(url);
    const bad: Record<string, Parameters<Receiver['at']>[1]> = {
      '/fails': (response) => void response.writeHead(500).end('<secret>'),
      '/hangs-up': (response) => void response.destroy(),
      '/redirects': (response) => void response.writeHead(307, { location: other.at('/') }).end(),
      '/lies': (response) => void response.writeHead(429, { 'retry-after': '-7' }).end(),
      '/resets': (response) => void response.socket?.resetAndDestroy(),
    };
    for (const [path, answer] of Object.entries(bad)) {
      const first: typeof answer = (response, got, nth) =>
        nth === 1 ? answer!(response, got, nth) : response.end();
      await group.webhooks.put(path.slice(1), { url: receiver.at(path, first) });
    }
    const gone = receiver.at('/gone', (response) => response.writeHead(410).end());
    await group.webhooks.put('gone', { url: gone });
    await group.propose({ agent: 'ann', value: 'pizza', wait: '10s' });
    const states = async () =>
      (await group.webhooks.list()).map(({ id, pending, delivered }) => ({ id, pending, delivered }));
    await eventually(states).toEqual([
      ...Object.keys(bad).map((path) => ({ id: path.slice(1), pending: 0, delivered: 1 })),
      { id: 'gone', pending: 0, delivered: 0 },
    ]);
    for (const path of Object.keys(bad)) {
      const [one, two] = receiver.of(path);
      expect(receiver.of(path)).toHaveLength(2);
      expect(two).toMatchObject({ id: one!.id, body: one!.body });
      expect(two!.headers['webhook-signature']).not.toBe(one!.headers['webhook-signature']);
    }
    expect(other.got).toEqual([]);
    expect(await group.webhooks.show('gone')).toMatchObject({
      disabled: expect.stringContaining('410'),
      failed: 1,
    });
  },
);

test(
  'a server killed between request and record delivers again under the same id, and loses nothing [Q11.5]',
  patience,
  async () => {
    const receiver = await receiving();
    const args = ['--data', join(folder(), 'data'), '--webhook-allow', receiver.host];
    const server = await serving(args);
    const group = await groupOn(server.url);
    const held = receiver.at('/held', (response, _got, nth) => void (nth > 1 && response.end()));
    await group.webhooks.put('held', { url: held });
    await group.propose({ agent: 'ann', value: 1, wait: '10s' });
    await group.propose({ agent: 'ann', value: 2, wait: '10s' });
    await eventually(() => receiver.got.length).toBe(1);
    await server.kill();
    running.push(await server.again());
    await eventually(() => receiver.got.length).toBe(3);
    const [first, again, next] = receiver.got;
    expect(again).toMatchObject({ id: first!.id, body: first!.body });
    expect(next!.id).not.toBe(first!.id);
    await eventually(() => group.webhooks.show('held')).toMatchObject({ pending: 0, delivered: 2 });
  },
);

test(
  'without --webhook-allow nothing is sent, also not what was queued; with it again nothing is lost',
  patience,
  async () => {
    const receiver = await receiving();
    const data = ['--data', join(folder(), 'data')];
    const allowed = await serving([...data, '--webhook-allow', receiver.host]);
    const before = await groupOn(allowed.url);
    await before.webhooks.put('channel', { url: receiver.at('/channel') });
    await allowed.stop();

    const off = await serving(data);
    const group = await groupOn(off.url);
    await group.propose({ agent: 'ann', value: 'pizza', wait: '10s' });
    const put = group.webhooks.put('other', { url: receiver.at('/other') });
    await expect(put).rejects.toMatchObject({ code: 'webhooks-off' });
    await expect(group.webhooks.test('channel')).rejects.toMatchObject({ code: 'webhooks-off' });
    // A server that delivers does so within this time: see the test above.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await group.webhooks.show('channel')).toMatchObject({ pending: 1, last: null });
    expect(receiver.got).toEqual([]);
    await off.stop();

    const on = await serving([...data, '--webhook-allow', receiver.host]);
    await eventually(() => receiver.got.length).toBe(1);
    await eventually(() => connect({ url: on.url }).group('lunch').webhooks.show('channel')).toMatchObject({
      pending: 0,
      delivered: 1,
    });
  },
);

test('nothing is sent to an address that is not allowed, whatever its name [Q11.12]', patience, async () => {
  const receiver = await receiving();
  const { url } = await serving(['--log', 'memory:', '--webhook-allow', 'localhost:*,*.example.com']);
  const group = await groupOn(url);
  await group.webhooks.put('inner', { url: `http://localhost:${receiver.port}/` });
  for (const to of [
    ...[receiver.at('/'), 'http://0.0.0.0/', 'http://[::1]/', 'http://169.254.169.254/latest/meta-data'],
    ...['https://example.org/', 'https://a.example.com:8443/'],
  ])
    await expect(group.webhooks.put('bad', { url: to }), to).rejects.toMatchObject({
      code: 'webhook-not-allowed',
    });
  for (const to of ['ftp://a.example.com/', 'https://ann:secret@a.example.com/', 'file:///etc/passwd', 'x'])
    await expect(group.webhooks.put('bad', { url: to }), to).rejects.toMatchObject({
      code: 'invalid-request',
    });
  await group.propose({ agent: 'ann', value: 'pizza', wait: '10s' });
  const error = expect.stringContaining('neither public nor listed');
  await eventually(() => group.webhooks.show('inner')).toMatchObject({ last: { error, attempts: 1 } });
  expect(receiver.got).toEqual([]);
});

test(
  "the server's webhooks are its administrator's, and are told of every group [Q11.12]",
  patience,
  async () => {
    const receiver = await receiving();
    const token = 'the-administrators-token';
    const file = join(folder(), 'token');
    writeFileSync(file, token);
    const { url } = await serving([
      ...['--log', 'memory:', '--admin-token-file', file, '--webhook-allow', receiver.host],
    ]);
    const admin = connect({ url, token });
    await admin.webhooks.put('audit', { url: receiver.at('/audit'), states: 'SUCCESS' });
    const rule = { electorate: { size: 1 }, threshold: 1 } as const;
    for (const name of ['one', 'two']) {
      await admin.group(name).create({ rule });
      await connect({ url }).group(name).propose({ agent: 'ann', value: name, wait: '10s' });
    }
    await eventually(() => receiver.got.map(({ body }) => JSON.parse(body).data.group)).toEqual([
      'one',
      'two',
    ]);
    await expect(connect({ url }).webhooks.list()).rejects.toMatchObject({ code: 'token-required' });

    const { url: plain } = await serving(['--log', 'memory:', '--webhook-allow', receiver.host]);
    const nobody = connect({ url: plain }).webhooks;
    await expect(nobody.list()).rejects.toMatchObject({ code: 'no-administrator' });
  },
);

test(
  'every command of docs/webhooks.md runs, and its receiver checks the signatures [Q11.11]',
  patience,
  async () => {
    const [port] = (await freePorts(1)) as [number];
    const at = folder();
    const { url } = await serving(['--log', 'memory:', '--webhook-allow', `127.0.0.1:${port}`]);
    const env = { QUORATE_URL: url, HOME: at, NO_PROXY: '*', no_proxy: '*' };
    const run = async (commands: string) => {
      const script = `set -e\ncd ${at}\n${commands.replaceAll('127.0.0.1:8090', `127.0.0.1:${port}`)}`;
      const { code, stdout, stderr } = await shell(script, env);
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const [setUp = '', look = '', rotate = '', ...more] = blocksOf('docs/webhooks.md', 'sh');
    expect(more).toEqual([]);
    expect(await run(setUp)).toContain(`channel: standard, all, to http://127.0.0.1:${port}/`);
    const secret = readFileSync(join(at, 'secret'), 'utf8').trim();
    const receiver = spawn('python3', ['-c', blocksOf('docs/webhooks.md', 'python')[0] as string], {
      env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      let printed = '';
      receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      // A stranger who knows the address is told off; and the receiver is there.
      const made = () => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}', headers: fake });
      const fake = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };
      await eventually(() => made().then(({ status }) => status, String)).toBe(403);
      await run(look);
      await eventually(() => printed).toContain("'value': 'pizza'");
      expect(await run(rotate)).toMatch(/^whsec_/);
      const tests = () => printed.split("'webhook': 'channel'").length;
      const before = tests();
      await run('quorate webhook test channel --group lunch');
      await eventually(tests).toBeGreaterThan(before);
    } finally {
      receiver.kill('SIGKILL');
    }
  },
);
