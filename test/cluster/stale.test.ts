import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { CallProxy } from './call-proxy.ts';
import { EtcdCluster } from './etcd.ts';
import { TcpProxy } from './proxy.ts';

const binary = etcdBinary();

/** Every read that promises to show what was acknowledged anywhere, and those that may be had without the promise. */
const paths = [
  '/v1/groups/g',
  '/v1/groups',
  '/v1/groups/g/rounds/1',
  '/v1/groups/g/rounds/latest',
  '/v1/groups/g/rounds/1/explain',
  '/v1/groups/g/rounds',
  '/v1/groups/g/agents',
  '/v1/groups/g/events',
];
const classroom = '/state/zoe';
/** Place and time in the log, which move with entries that change nothing here. */
const passing = /,"index":[0-9]+|"(index":[0-9]+|time":"[^"]+"),/g;

interface Answer {
  readonly status: number;
  /** Without what is `passing`. */
  readonly text: string;
  readonly headers: Headers;
}

type Answers = ReadonlyMap<string, Answer>;

// What no read at a server may show once somebody was told otherwise elsewhere. [Q6.6]
describe.skipIf(!binary)('a server whose link to etcd fails while another decides a round', () => {
  let etcd: EtcdCluster;
  let prefixes = 0;
  const cleanups: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    etcd = await EtcdCluster.start({ binary: binary as string });
  });
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean();
  });
  afterAll(() => etcd?.stop());

  test('and is cut', async () => {
    const link = await proxied(TcpProxy);
    const { far, before, decide } = await room(link);
    link.refuse();
    const decided = await decide();
    expectRefused(await readAll(far, before), 'no-quorum');
    await expectLocal(far, before);
    await unready(far);
    expectRefused(await readAll(far, before), 'no-quorum');
    await expectLocal(far, before);
    link.restore();
    await caughtUp(far, before, decided);
  });

  test('and stands still, on open connections', async () => {
    const link = await proxied(TcpProxy);
    const { far, before, decide } = await room(link);
    link.hold({ requests: true, replies: true });
    const decided = await decide();
    expectRefused(await readAll(far, before), 'no-quorum');
    await expectLocal(far, before);
    await unready(far);
    link.restore();
    await caughtUp(far, before, decided);
  });

  test('and answers from before come late', async () => {
    const link = await proxied(TcpProxy);
    const { far, before, decide } = await room(link);
    link.hold({ replies: true });
    // It asks for the end of the log, and etcd answers; the answer is on its way while the round is decided.
    const answered = link.replyHeld();
    const early = readAll(far);
    await answered;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const decided = await decide();
    const late = readAll(far, before);
    await expectLocal(far, before);
    link.restore();
    expectNothingOld(await late, decided);
    for (const { status } of (await early).values()) expect([200, 503]).toContain(status);
    await caughtUp(far, before, decided);
  });

  test('only in what it watches, so that it knows of entries that it has not got', async () => {
    const link = await proxied(CallProxy);
    const { far, before, decide } = await room(link);
    link.hold('/etcdserverpb.Watch/Watch');
    const decided = await decide();
    expectRefused(await readAll(far, before), 'no-quorum');
    await expectLocal(far, before);
    await unready(far);
    const waiting = readAll(far, before);
    await new Promise((resolve) => setTimeout(resolve, 200));
    link.restore();
    expectNothingOld(await waiting, decided);
    await caughtUp(far, before, decided);
  });

  async function proxied<Link extends { close(): Promise<void> }>(kind: {
    start(target: string): Promise<Link>;
  }): Promise<Link> {
    const link = await kind.start(etcd.endpoints[0] as string);
    cleanups.push(() => link.close());
    return link;
  }

  /** Two servers, one of them behind the link, and a round of each kind that lacks one proposal. */
  async function room(link: { readonly address: string }) {
    prefixes += 1;
    const start = async (endpoint: string): Promise<Server> => {
      const log = `etcd://${endpoint}/stale-${prefixes}`;
      const server = await startServer(['--log', log, '--agents', '2', '--quorum', '2']);
      cleanups.push(() => server.kill());
      return server;
    };
    const near = await start(etcd.endpoints[0] as string);
    const far = await start(link.address);
    const rule = { electorate: { agents: ['ann', 'bob'] }, threshold: 2 };
    await send(near, 'PUT', '/v1/groups/g', { rule });
    await send(near, 'PUT', '/v1/groups/g/rounds/1/proposals/ann', { value: 7 });
    await send(near, 'POST', '/number', { number: 4 });
    const before = await readAll(far);
    for (const [path, { status }] of before) expect([path, status]).toEqual([path, 200]);
    const decide = async (): Promise<Answers> => {
      await send(near, 'PUT', '/v1/groups/g/rounds/1/proposals/bob', { value: 7 });
      await send(near, 'POST', '/number', { number: 4 });
      await send(near, 'PUT', '/v1/groups/g/agents/cal', {});
      const decided = await readAll(near, before);
      for (const [path, { text }] of decided) expect(text, path).not.toBe(before.get(path)?.text);
      return decided;
    };
    return { far, before, decide };
  }

  /** Healed, it shows the present and wants traffic; nothing old on the way there. */
  async function caughtUp(far: Server, before: Answers, decided: Answers): Promise<void> {
    await until(15_000, async () => {
      const answers = await readAll(far, before);
      expectNothingOld(answers, decided);
      return [...answers.values()].every(({ status }) => status === 200) ? true : undefined;
    });
    await until(30_000, async () => ((await fetch(`${far.url}/readyz`)).ok ? true : undefined));
  }
});

function expectRefused(answers: Answers, code: string): void {
  for (const [path, { status, text, headers }] of answers) {
    expect([path, status, text]).toEqual([path, 503, text]);
    expect(JSON.parse(text), path).toMatchObject({ code, outcome: 'not-executed' });
    expect(headers.get('retry-after'), path).toMatch(/^[0-9]+$/);
  }
}

function expectNothingOld(answers: Answers, decided: Answers): void {
  for (const [path, answer] of answers) {
    if (answer.status === 503) expectRefused(new Map([[path, answer]]), 'no-quorum');
    else expect([path, answer.status, answer.text]).toEqual([path, 200, decided.get(path)?.text]);
  }
}

/** What may be old is had at once, and says so. */
async function expectLocal(server: Server, before: Answers): Promise<void> {
  for (const path of paths) {
    const answer = await read(server, `${path}?consistency=local`, {}, 2000);
    expect([path, answer.status, answer.text]).toEqual([path, 200, before.get(path)?.text]);
    expect(answer.headers.get('quorate-consistency'), path).toBe('local');
    expect(answer.headers.get('quorate-index'), path).toMatch(/^[0-9]+$/);
  }
}

async function unready(server: Server): Promise<void> {
  const refused = await until(30_000, async () => {
    const reply = await read(server, '/readyz');
    return reply.status === 503 ? reply : undefined;
  });
  expectRefused(new Map([['/readyz', refused]]), 'no-quorum');
}

/** All reads at the same time, with the tag of what the caller has: "not modified" would be as old as the old text. */
async function readAll(server: Server, before?: Answers): Promise<Answers> {
  const asked = [...paths, classroom].map(async (path) => {
    const tag = before?.get(path)?.headers.get('etag');
    return [path, await read(server, path, tag ? { 'if-none-match': tag } : {})] as const;
  });
  return new Map(await Promise.all(asked));
}

/** The whole answer; of a stream its first event. */
async function read(
  server: Server,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  ms = 10_000,
): Promise<Answer> {
  const reply = await fetch(server.url + path, { headers, signal: AbortSignal.timeout(ms) });
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of reply.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (/^data: .*\n\n/m.test(text)) break;
  }
  return { status: reply.status, text: text.replace(passing, ''), headers: reply.headers };
}

async function send(server: Server, method: string, path: string, body: unknown): Promise<void> {
  const reply = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
}
