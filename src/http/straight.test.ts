import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/app.ts';

/** One proposal as it goes over the wire: what of it differs from the usual one. */
interface Sent {
  readonly what: string;
  readonly group?: string;
  readonly round?: number;
  readonly agent?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

const story: readonly Sent[] = [
  { what: 'the first proposal' },
  { what: 'the same again' },
  { what: 'another value', body: '{"value":8}' },
  { what: 'a wait that ends', agent: 'bob', query: '?wait=10ms' },
  { what: 'a wait that nobody can read', agent: 'cid', query: '?wait=soon' },
  { what: 'not JSON', agent: 'cid', body: '{"value":7' },
  { what: 'not UTF-8', agent: 'cid', body: '{"value":"\xff"}' },
  { what: 'a stranger in the body', agent: 'cid', body: '{"value":7,"vote":1}' },
  { what: 'no object', agent: 'cid', body: '[7]' },
  { what: 'a reserved name', agent: 'seat.1' },
  { what: 'no such group', group: 'none' },
  { what: 'a round that is not open yet', agent: 'cid', round: 9 },
  { what: 'another host', agent: 'cid', headers: ['Host: evil.example'] },
  { what: 'another origin', agent: 'cid', headers: ['Origin: http://evil.example'] },
  { what: 'another log', agent: 'cid', headers: ['Quorate-Session: other.1'] },
  { what: 'no session', agent: 'cid', headers: ['Quorate-Session: !'] },
  { what: 'no bearer', agent: 'cid', headers: ['Authorization: Basic eDp5'] },
  { what: 'an unknown token', agent: 'cid', headers: ['Authorization: Bearer abcdefghijklmnop'], round: 9 },
  {
    what: 'a preference, a trace and a key',
    agent: 'cid',
    body: '{"value":"\u00fc"}',
    headers: preferring(),
  },
  { what: 'a closed round', agent: 'dan' },
  { what: 'an abstention that waits', round: 2, body: '{"abstain":true}', query: '?wait=1ms' },
];

function preferring(): string[] {
  const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  return ['Prefer: wait=0', `traceparent: ${parent}`, 'X-Request-Id: r1', 'Idempotency-Key: k1'];
}

/** The whole response to each step, but for what differs from one server to the next; and how many the router saw. */
async function tell(spell: (agent: string) => string): Promise<{ texts: string[]; routed: number }> {
  const app = await startApp();
  let routed = 0;
  app.app.server.prependListener('request', (_request, response) => {
    const { writeHead } = response;
    response.writeHead = (...args: unknown[]) => {
      if (!Array.isArray(args[1])) routed += 1;
      return Reflect.apply(writeHead, response, args);
    };
  });
  try {
    await app.ask('PUT', '/v1/groups/g', { rule: { electorate: { size: 3 }, next: 'continuous' } });
    routed = 0;
    const texts: string[] = [];
    for (const step of story) texts.push(`${step.what}\n${masked(await send(app, step, spell), app)}`);
    return { texts, routed };
  } finally {
    await app.stop();
  }
}

function send(app: RunningApp, sent: Sent, spell: (agent: string) => string): Promise<string> {
  const { group = 'g', round = 1, agent = 'ann', query = '', body = '{"value":7}', headers = [] } = sent;
  const bytes = Buffer.from(body, body.includes('\xff') ? 'latin1' : 'utf8');
  const host = headers.some((line) => line.startsWith('Host')) ? [] : [`Host: 127.0.0.1:${app.port}`];
  const lines = [
    `PUT /v1/groups/${group}/rounds/${round}/proposals/${spell(agent)}${query} HTTP/1.1`,
    ...host,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${bytes.length}`,
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(app.port, '127.0.0.1', () => {
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      // In two parts, as a body may come.
      socket.write(bytes.subarray(0, 3));
      setTimeout(() => socket.write(bytes.subarray(3)), 5);
    });
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

function masked(text: string, app: RunningApp): string {
  return text
    .replaceAll(app.logId, 'LOG')
    .replace(/^date: .*$/im, 'date')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
}

describe('a proposal that goes the straight way', () => {
  test('is answered byte for byte as by the router', async () => {
    const straight = await tell((agent) => agent);
    const routed = await tell((agent) => `%${agent.charCodeAt(0).toString(16)}${agent.slice(1)}`);
    expect(straight.texts).toEqual(routed.texts);
    expect(straight.routed).toBe(0);
    expect(routed.routed).toBe(story.length);
  });

  test('is counted as by the router', async () => {
    const counts = async (agent: string): Promise<string[]> => {
      const app = await startApp();
      try {
        await app.ask('PUT', '/v1/groups/g', { rule: { electorate: { size: 3 } } });
        await app.ask('PUT', `/v1/groups/g/rounds/1/proposals/${agent}`, { value: 7 });
        await app.ask('PUT', `/v1/groups/g/rounds/1/proposals/${agent}`, { value: 8 });
        const { text } = await app.ask('GET', '/metrics');
        return text.split('\n').filter((line) => /^quorate_(http|problems|proposals)/.test(line));
      } finally {
        await app.stop();
      }
    };
    const straight = await counts('ann');
    expect(straight).toEqual(await counts('%61nn'));
    expect(straight.join()).toContain('quorate_proposals_total{result="accepted"} 1');
  });
});
