import assert from 'node:assert/strict';
import {
  anyRefusal,
  ask,
  type Case,
  createGroup,
  fresh,
  problem,
  propose,
  raw,
  readGroup,
  readRound,
  size,
} from './ask.ts';
import { badValues } from './refused.ts';

/** Pairwise different under `exact`. */
const different: readonly string[] = [
  '7',
  '"7"',
  '[7]',
  '"[7]"',
  '{"7":7}',
  'true',
  '"true"',
  '1',
  '"1"',
  'null',
  '"null"',
  '""',
  '" "',
  '0',
  'false',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '-1',
  '0.1',
  '0.10000000000000002',
  '"\u00e9"',
  '"e\u0301"',
  '"A"',
  '"a"',
  '{"a":1}',
  '{"a":"1"}',
  '{"a":null}',
  '[1,2]',
  '[2,1]',
];

/** Each row: texts of one value. */
const same: readonly (readonly string[])[] = [
  ['1', '1.0', '1e0', '10e-1', ' 1 '],
  ['0', '-0', '0.0', '0e5', '-0.0'],
  ['100', '1e2', '1E+2'],
  ['"A"', '"\\u0041"'],
  ['"\u20ac/"', '"\\u20ac\\/"'],
  ['"\u{1f600}"', '"\\ud83d\\ude00"'],
  ['{"a":1,"b":[2,{"c":3,"d":4}]}', '{ "b" : [2, {"d":4.0, "c":3}], "a" : 1e0 }'],
  ['[1,2]', '[1.0, 2e0]'],
];

export const valueCases: readonly Case[] = [
  {
    clause: 'equality',
    name: 'values of different type or content never compare equal, and are told as they were sent',
    async run(base) {
      const group = await createGroup(base, size(different.length, { threshold: 2 }));
      const answers = await Promise.all(
        different.map((text, i) => propose(base, group, 1, `a${i}`, raw(`{"value":${text}}`))),
      );
      for (const reply of answers) assert.equal(reply.status, 201, reply.story);
      const round = await readRound(base, group, 1);
      assert.equal(round.state, 'FAILED', JSON.stringify(round));
      const told = new Map(round.tally?.map(({ agents, value }) => [agents.join(), JSON.stringify(value)]));
      const sent = new Map(different.map((text, i) => [`a${i}`, JSON.stringify(JSON.parse(text))]));
      assert.deepEqual(new Map([...told].sort()), new Map([...sent].sort()));
    },
  },
  ...same.map(
    (texts): Case => ({
      clause: 'equality',
      name: `one value however it is written: ${texts.join(' , ')}`,
      async run(base) {
        const group = await createGroup(base, size(texts.length, { threshold: 'unanimous' }));
        for (const [i, text] of texts.entries()) {
          const reply = await propose(base, group, 1, `a${i}`, raw(`{"value":${text}}`));
          assert.equal(reply.status, 201, reply.story);
        }
        const round = await readRound(base, group, 1);
        assert.equal(round.state, 'SUCCESS', JSON.stringify(round));
        assert.equal(round.tally?.length, 1);
        assert.deepEqual(round.value, JSON.parse((texts[0] as string).replace('-0', '0')));
      },
    }),
  ),
  {
    clause: 'equality',
    name: 'a name such as __proto__ inside a value is kept or refused, never dropped',
    async run(base) {
      const group = await createGroup(base, size(2));
      const reply = await propose(base, group, 1, 'a1', raw('{"value":{"__proto__":{"x":1}}}'));
      if (reply.status !== 201) return void problem(reply, anyRefusal);
      const other = await propose(base, group, 1, 'a2', raw('{"value":{}}'));
      assert.equal(other.status, 201, other.story);
      const text = (await ask(base, 'GET', `/v1/groups/${group}/rounds/1`)).text;
      assert.match(text, /"state":"FAILED"/);
      assert.match(text, /"__proto__"/);
    },
  },
  {
    clause: 'equality',
    name: 'a value nested 12 deep and one of 4,000 bytes are taken',
    async run(base) {
      const group = await createGroup(base, size(3));
      const deep = await propose(base, group, 1, 'a1', raw(`{"value":${'['.repeat(12)}${']'.repeat(12)}}`));
      assert.equal(deep.status, 201, deep.story);
      const long = await propose(base, group, 1, 'a2', 'x'.repeat(4000));
      assert.equal(long.status, 201, long.story);
    },
  },
  ...badValues.map(
    ({ what, type, body, statuses }): Case => ({
      clause: 'bad input',
      name: `refused as a proposal: ${what}`,
      async run(base) {
        const group = await createGroup(base, size(2));
        const path = `/v1/groups/${group}/rounds/1/proposals/a1`;
        const before = await readGroup(base, group);
        const reply = await ask(base, 'PUT', path, raw(body('value')), { 'content-type': type });
        problem(reply, statuses);
        assert.equal((await readGroup(base, group)).revision, before.revision, reply.story);
        assert.equal((await readRound(base, group, 1)).present, 0, reply.story);
      },
    }),
  ),
  ...[
    '__proto__',
    'Upper',
    'a'.repeat(65),
    '-a',
    '.a',
    '_a',
    'a%20b',
    'a%2Fb',
    '%C3%A4',
    'a%00',
    'a%0A',
    '%ff',
  ].map(
    (name): Case => ({
      clause: 'bad input',
      name: `no group and no agent is called ${name.slice(0, 20)}`,
      async run(base) {
        problem(await ask(base, 'PUT', `/v1/groups/${name}`, { rule: size(3) }), anyRefusal);
        problem(await ask(base, 'GET', `/v1/groups/${name}`), anyRefusal);
        const group = await createGroup(base, size(2));
        const { revision } = await readGroup(base, group);
        problem(await propose(base, group, 1, name, 7), anyRefusal);
        assert.equal((await readGroup(base, group)).revision, revision);
      },
    }),
  ),
  {
    clause: 'bad input',
    name: 'a name that every object inherits is a name like any other',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      for (const agent of ['constructor', 'valueof']) {
        const reply = await propose(base, group, 1, agent, 'x');
        assert.equal(reply.status, 201, reply.story);
      }
      assert.equal((await readRound(base, group, 1)).value, 'x');
      await ask(base, 'DELETE', '/v1/groups/constructor');
      problem(await ask(base, 'GET', '/v1/groups/constructor'), 404, 'group-not-found');
      problem(await propose(base, 'constructor', 1, 'a1', 7), 404, 'group-not-found');
      const made = await ask(base, 'PUT', '/v1/groups/constructor', { rule: size(2) });
      assert.equal(made.status, 201, made.story);
      assert.equal((await readGroup(base, 'constructor')).group, 'constructor');
      await ask(base, 'DELETE', '/v1/groups/constructor');
    },
  },
  ...['0', '-1', '1.5', 'x', '12345678901234567890'].map(
    (round): Case => ({
      clause: 'bad input',
      name: `no round is numbered ${round}`,
      async run(base) {
        const group = await createGroup(base, size(2));
        problem(await ask(base, 'GET', `/v1/groups/${group}/rounds/${round}`), anyRefusal);
        problem(await propose(base, group, round, 'a1', 7), anyRefusal);
        assert.equal((await readRound(base, group, 1)).present, 0);
      },
    }),
  ),
  {
    clause: 'bad input',
    name: 'an address that is none, and a method that is none, are problems too',
    async run(base) {
      problem(await ask(base, 'GET', `/v1/${fresh()}`), 404);
      problem(await ask(base, 'GET', `/${fresh()}`), 404);
      problem(await ask(base, 'PATCH', '/v1/groups/default', {}), [404, 405]);
      problem(await ask(base, 'GET', '/number'), [404, 405]);
    },
  },
];
