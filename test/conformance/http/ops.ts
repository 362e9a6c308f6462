import assert from 'node:assert/strict';
import { ask, type Case, createGroup, problem, propose, type Reply, size } from './ask.ts';

export const opsCases: readonly Case[] = [
  {
    clause: 'operations',
    name: '/healthz, /readyz, /v1/info and /v1/cluster answer 200',
    async run(base) {
      for (const path of ['/healthz', '/readyz', '/v1/info', '/v1/cluster']) {
        const reply = await ask(base, 'GET', path);
        assert.equal(reply.status, 200, reply.story);
      }
    },
  },
  {
    clause: 'Q6.17',
    name: 'the cluster names the server that answers, and the pause between entries that follow each other',
    async run(base) {
      const group = await createGroup(base, size(1, { threshold: 1 }));
      await propose(base, group, 1, 'a1', 1);
      const reply = await ask(base, 'GET', '/v1/cluster');
      const { server, servers, quorum, entries } = reply.as<{
        server: string;
        servers: { name: string; state: string; index: number }[];
        quorum: boolean;
        entries: { perSecond: number[]; longestPause: { after: number; next: number } | null };
      }>();
      assert.equal(quorum, true, reply.story);
      assert.equal(servers.find(({ name }) => name === server)?.state, 'serving', reply.story);
      assert.equal(entries.perSecond.length, 60, reply.story);
      const { longestPause } = entries;
      if (longestPause !== null) assert.equal(longestPause.next, longestPause.after + 1, reply.story);
    },
  },
  {
    clause: 'index',
    name: 'every answer under /v1 says its place in the log, which never goes back',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      const v1 = `/v1/groups/${group}`;
      let last = 0;
      const placed = (reply: Reply) => {
        const { index } = reply.as<{ index?: number }>();
        assert.ok(typeof index === 'number' && Number.isSafeInteger(index), `index\n${reply.story}`);
        assert.ok(index >= last, `index went back from ${last}\n${reply.story}`);
        last = index;
      };
      placed(await ask(base, 'GET', '/v1/info'));
      placed(await ask(base, 'GET', '/v1/cluster'));
      placed(await ask(base, 'GET', '/v1/groups'));
      placed(await ask(base, 'PUT', v1, { rule: size(2, { threshold: 2 }) }));
      placed(await ask(base, 'GET', v1));
      placed(await propose(base, group, 1, 'a1', 1));
      placed(await propose(base, group, 1, 'a1', 1));
      placed(await ask(base, 'GET', `${v1}/rounds/open`));
      const changed = await propose(base, group, 1, 'a1', 2);
      problem(changed, 409, 'already-proposed');
      placed(changed);
      placed(await propose(base, group, 1, 'a2', 2));
      for (const tail of ['/rounds/1', '/rounds/latest', '/rounds'])
        placed(await ask(base, 'GET', v1 + tail));
      const late = await propose(base, group, 1, 'a3', 2);
      problem(late, 409, 'round-closed');
      placed(late);
    },
  },
  {
    clause: 'operations',
    name: 'no answer gives away more than it must: no X-Powered-By, no stack trace in a problem',
    async run(base) {
      const reply = await ask(base, 'PUT', '/v1/groups/%E0%A4%A', { rule: {} });
      assert.ok(reply.status >= 400 && reply.status < 500, reply.story);
      assert.ok(!/\bat .*\.(js|ts):\d+/.test(reply.text), reply.story);
      assert.equal(reply.headers.get('x-powered-by'), null);
    },
  },
];
