import assert from 'node:assert/strict';
import type { ProblemJson, RoundJson } from '../../../src/core/view/json-types.ts';
import { ask, type Case, createGroup, fresh, problem, type Reply, raw, readRound, size } from './ask.ts';
import { badValues } from './refused.ts';

interface SettledLine {
  readonly line: number;
  readonly status: number;
  readonly round?: RoundJson;
  readonly problem?: ProblemJson;
}

const type = 'application/x-ndjson';

/** `POST /v1/proposals` with these lines: objects as JSON, texts as they stand. */
async function post(
  base: string,
  lines: readonly (string | object)[],
  query = '',
): Promise<{ readonly reply: Reply; readonly settled: readonly SettledLine[] }> {
  const body = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const reply = await ask(base, 'POST', `/v1/proposals${query}`, raw(body), { 'content-type': type });
  assert.equal(reply.status, 200, reply.story);
  assert.ok(reply.headers.get('content-type')?.startsWith(type), reply.story);
  const settled = reply.text.trimEnd().split('\n');
  return { reply, settled: settled.map((line) => JSON.parse(line) as SettledLine) };
}

/** `1 201 WAITING`, `2 409 round-closed`: what each line was answered, in order of the lines. */
function told(settled: readonly SettledLine[]): string[] {
  const words = ({ line, status, round, problem }: SettledLine) =>
    `${line} ${status} ${problem?.code ?? round?.state}`;
  return [...settled].sort((a, b) => a.line - b.line).map(words);
}

/** What many proposals at once are answered, and that a bad one spoils no other. */
export const manyCases: readonly Case[] = [
  {
    clause: 'Q6.13',
    name: 'each line is answered as a proposal alone would be, and again when all are sent again',
    async run(base) {
      const group = await createGroup(base, size(3));
      const vote = (agent: string, value: number, round = 1) => ({ group, round, agent, value });
      const lines = [vote('a', 1), '', vote('b', 2), { group, round: 1, agent: 'c', abstain: true }];
      const more = [vote('a', 3), vote('d', 1), vote('d', 1, 9), { ...vote('d', 1), group: fresh() }];
      const first = await post(base, [...lines, ...more], '?wait=5s');
      const refused = [
        '5 409 round-closed',
        '6 409 round-closed',
        '7 409 round-not-open',
        '8 404 group-not-found',
      ];
      const ended = (status: number) => [1, 3, 4].map((line) => `${line} ${status} FAILED`);
      assert.deepEqual(told(first.settled), [...ended(201), ...refused], first.reply.story);
      const again = await post(base, [...lines, ...more]);
      assert.deepEqual(told(again.settled), [...ended(200), ...refused], again.reply.story);
      assert.equal((await readRound(base, group, 1)).present, 3);
    },
  },
  {
    clause: 'Q6.13',
    name: 'with a wait, lines are answered in the order in which their rounds close',
    async run(base) {
      const [late, soon] = [await createGroup(base, size(2)), await createGroup(base, size(2))];
      const vote = (group: string, agent: string) => ({ group, round: 1, agent, value: 1 });
      const lines = [vote(late, 'a'), vote(soon, 'a'), vote(soon, 'b')];
      const { settled, reply } = await post(base, lines, '?wait=500ms');
      assert.deepEqual(told(settled), ['1 201 WAITING', '2 201 SUCCESS', '3 201 SUCCESS'], reply.story);
      assert.equal(settled.at(-1)?.line, 1, reply.story);
    },
  },
  {
    clause: 'Q6.13',
    name: 'a bad line of any kind is a problem of its own, and spoils no other',
    async run(base) {
      const bad = badValues.filter(
        ({ type, body }) => type === 'application/json' && typeof body('value') === 'string',
      );
      const group = await createGroup(base, size(bad.length + 2));
      const name = `{"group":"${group}","round":1,"agent":"bad",`;
      // A raw end of line would be the end of this line.
      const texts = bad.map(({ body }) => String(body('value')).replace(/^\{/, name).replaceAll('\n', ' '));
      const good = (agent: string) => ({ group, round: 1, agent, value: 1 });
      const { settled, reply } = await post(base, [good('first'), ...texts, good('last')]);
      const byLine = new Map(settled.map((one) => [one.line, one]));
      assert.equal(byLine.get(1)?.status, 201, reply.story);
      assert.equal(byLine.get(bad.length + 2)?.status, 201, reply.story);
      for (const [i, { what, statuses, body }] of bad.entries()) {
        const one = byLine.get(i + 2);
        if (String(body('value')) === '') assert.equal(one, undefined, what);
        else
          assert.ok(
            one?.problem !== undefined && statuses.includes(one.status),
            `${what}: ${JSON.stringify(one)}`,
          );
      }
      assert.equal((await readRound(base, group, 1)).present, 2);
    },
  },
  {
    clause: 'Q6.13',
    name: 'what is no body of lines is refused as a whole',
    async run(base) {
      const headers = { 'content-type': type };
      const line = raw('{"group":"g","round":1,"agent":"a","value":1}');
      problem(await ask(base, 'POST', '/v1/proposals', line), 415, 'unsupported-media-type');
      problem(await ask(base, 'POST', '/v1/proposals', raw('\n \n'), headers), 400, 'invalid-json');
      problem(await ask(base, 'POST', '/v1/proposals?wait=soon', line, headers), 400, 'invalid-request');
      problem(await ask(base, 'GET', '/v1/proposals'), 405, 'method-not-allowed');
    },
  },
];
