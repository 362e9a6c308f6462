import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../src/serve.ts';
import { ask, codeOf, size, start } from './ask.ts';

/** Names and bodies that have broken other servers. */

let server: RunningServer;
beforeAll(async () => {
  server = await start();
  await ask(server, 'PUT', '/v1/groups/g', { body: size(1000, { next: 'manual' }) });
});
afterAll(() => server.stop());

const poison = [
  '__proto__',
  '__defineGetter__',
  '__lookupSetter__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toJSON',
  'then',
  'length',
  'name',
  'caller',
  'arguments',
  'apply',
  'call',
  'bind',
  'size',
  'get',
  'set',
  'has',
  'delete',
  'clear',
  'keys',
  'values',
  'entries',
  'foreach',
  'next',
  'return',
  'throw',
  'null',
  'undefined',
  'true',
  'false',
  'nan',
  'infinity',
  'eval',
  'this',
  'global',
  'process',
  'require',
  'module',
  'exports',

  'import',
  'class',
  'new',
  'async',
  'await',
  'open',
  'latest',
  'admin',
  'root',
];
const fine = [
  '0',
  '00',
  '1',
  '1e3',
  '0x10',
  'a',
  'a-',
  'a.',
  'a_',
  'a..b',
  'con',
  'nul',
  'aux.txt',
  'etc-passwd',
  'a'.repeat(64),
  '9'.repeat(64),
  'xn--80ak6aa92e',
  '1.2.3.4',
];
const bad = [
  '',
  '.',
  '..',
  '...',
  '-',
  '-rf',
  '_',
  '.a',
  'A',
  'Ann',
  'a b',
  ' a',
  'a ',
  'a\t',
  'a\n',
  'a\r\nb',
  'a\0b',
  '\0',
  '\u007f',
  '\u001b[31m',
  'é',
  'e\u0301',
  'ß',
  'ı',
  'İ',
  'К',
  'Ａ',
  '\u200b',
  'a\u200b',
  '\u202e',
  '\ufeff',
  '\u{1f600}',
  '\u{1d4d0}',
  '٣',
  '½',
  'a/b',
  '../a',
  '..\\a',
  'a\\b',
  '/etc/passwd',
  'c:\\',
  'a:b',
  'a;b',
  'a?b',
  'a#b',
  'a%b',
  '%2e',
  'a&b',
  'a=b',
  'a+b',
  'a,b',
  'a|b',
  'a`b',
  'a$b',
  '$\u007ba}',
  '{{a}}',
  '#{a}',
  '<a>',
  '<script>',
  '"a"',
  "'a'",
  "' or 1=1",
  '--',
  '/*',
  '*',
  '~',
  '!',
  '@',
  'a@b',
  '(a)',
  '[a]',
  '{a}',
  '^',
  '$',
  '$where',
  'a'.repeat(65),
  'a'.repeat(300),
  '\ud83d',
  'a\u2028b',
  'a\u0085b',
  'a\u00a0b',
  '１',
  'ﬀ',
  'ǅ',
  'Σ',
  'a\u0000',
  'javascript:x',
  'data:x',
  'file:///x',
  'http://x',
];
const encode = (name: string) => encodeURIComponent(Buffer.from(name).toString()).replaceAll('.', '%2e');

describe(`${poison.length + fine.length + bad.length} names through the whole interface`, () => {
  test.each([...poison, ...fine].map((name) => [name, name.toLowerCase()]))('%j', async (name, low) => {
    // Those that follow the grammar are names as any other.
    const valid = /^[a-z0-9][a-z0-9._-]*$/.test(low);
    for (const spelling of new Set([name, low])) {
      const ok = valid && spelling === low;
      const group = await ask(server, 'GET', `/v1/groups/${encode(spelling)}`);
      expect(codeOf(group)).toBe(ok ? 'group-not-found' : 'invalid-name');
      const made = await ask(server, 'PUT', `/v1/groups/${encode(spelling)}`, { body: size(2) });
      expect(made.status, made.text).toBe(ok ? 201 : 400);
      const vote = await ask(server, 'PUT', `/v1/groups/g/rounds/1/proposals/${encode(spelling)}`, {
        body: { value: name },
      });
      expect(vote.status, vote.text).toBe(ok ? 201 : 400);
      const joined = await ask(server, 'PUT', `/v1/groups/g/agents/${encode(spelling)}`, { body: {} });
      expect(joined.status, joined.text).toBe(ok ? 201 : 400);
      const value = await ask(server, 'POST', '/v1/groups/g/proposals', {
        body: { agent: `by-${low.slice(0, 50)}`, value: { [name]: 1 } },
      });
      expect([201, 200, 400, 409], value.text).toContain(value.status);
    }
  });

  test.each(bad)('%j is refused everywhere, and read back into no answer raw', async (name) => {
    for (const [method, path, body] of [
      ['GET', '/v1/groups/:', undefined],
      ['PUT', '/v1/groups/:', size(2)],
      ['DELETE', '/v1/groups/:', undefined],
      ['PUT', '/v1/groups/g/agents/:', {}],
      ['PUT', '/v1/groups/g/rounds/1/proposals/:', { value: 1 }],
      ['PUT', '/v1/groups/:/rounds/1/proposals/a', { value: 1 }],
      ['GET', '/v1/groups/:/rounds/1', undefined],
      ['GET', '/v1/groups/g/rounds/:', undefined],
    ] as const) {
      const answer = await ask(server, method, path.replace(':', encode(name)), { body });
      expect([path, answer.status, codeOf(answer)]).toEqual([
        path,
        expect.any(Number),
        expect.stringMatching(/^(invalid-(name|request)|not-found)$/),
      ]);
      expect([...answer.text].every((character) => character >= ' ' && character !== '\u007f')).toBe(true);
    }
    const vote = await ask(server, 'POST', '/v1/groups/g/proposals', { body: { agent: name, value: 1 } });
    expect(codeOf(vote)).toMatch(/^invalid-(name|json)$/);
    // The classroom takes any id, and keeps each apart from all others.
    const state = await ask(server, 'GET', `/state/${encode(name)}`);
    expect([200, 400, 404]).toContain(state.status);
  });

  test('nothing has become a property of everything', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { value?: unknown }).value).toBeUndefined();
  });
});

describe('bodies', () => {
  const post = (raw: string | Buffer, headers = {}) =>
    ask(server, 'PUT', '/v1/groups/g/rounds/1/proposals/eve', { raw, headers });

  test('larger than 32 KiB, deeper than 16 levels, or with a value over 4 KiB are refused', async () => {
    const nested = (depth: number) => `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(
      codeOf(await post(`{"value":"${'x'.repeat(800_000)}"}`).catch(() => ask(server, 'GET', '/x'))),
    ).toMatch(/too-large|not-found/);
    expect(codeOf(await post(`{"value":"${'x'.repeat(32_768)}"}`))).toBe('too-large');
    expect(codeOf(await post(`{"value":"${'x'.repeat(4095)}"}`))).toBe('too-large');
    for (const depth of [17, 100, 8000]) expect(codeOf(await post(nested(depth)))).toBe('invalid-json');
    expect(codeOf(await post(`{"value":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`))).toBe('invalid-json');
    expect((await post(nested(16))).status).toBe(201);
  });

  test.each([
    'text/plain',
    'application/jsonp',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'text/json',
    '*/*',
    'application',
    'json',
    'application/json, text/plain',
    'application/json\ttext',
    'application/json text/html',
    'application/octet-stream',
  ])('as %j are refused', async (type) => {
    expect(codeOf(await post('{"value":1}', { 'content-type': type }))).toMatch(
      /^(unsupported-media-type|invalid-request)$/,
    );
  });

  test('that poison prototypes, repeat names or cannot be kept exactly are refused or taken as they are', async () => {
    const refused = [
      '{"value":1,"value":2}',
      '{"value":{"a":1,"\\u0061":2}}',
      '{"value":12345678901234567890}',
      '{"value":1e400}',
      '{"value":"\\ud800"}',
      '{"value":1,"__proto__":{"abstain":true}}',
    ];
    for (const raw of refused) expect([raw, (await post(raw)).status]).toEqual([raw, 400]);
    const kept = await ask(server, 'PUT', '/v1/groups/g/rounds/1/proposals/proto', {
      raw: '{"value":{"__proto__":{"x":1}}}',
    });
    expect([201, 400]).toContain(kept.status);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});
