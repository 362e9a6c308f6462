import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json } from '../../src/core/types.ts';
import { viewRule } from '../../src/core/view/rule.ts';
import { formOf, read } from '../../src/web/new/form.ts';
import { commandOf, curlOf } from '../../src/web/new/lines.ts';
import type { Form } from '../../src/web/new/texts.ts';
import { seedOfRun } from '../harness/random.ts';
import { type Server, startServer } from '../harness/server.ts';
import { anyRule } from '../model/any-rule.ts';
import { shell } from './shell.ts';

/** The command and the curl line that the page of a new group shows make the group that its form is for. */

const token = 'of-the-administrator';

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:'], 0, { QUORATE_ADMIN_TOKEN: token });
});
afterAll(() => server?.stop());

/** Settings in all the ways in which a form says them. */
const written: readonly Form[] = [
  {},
  {
    preset: 'panel',
    title: "Ann's choice: $HOME or `pwd`?",
    who: 'agents',
    agents: 'ann, bob',
    threshold: '2',
  },
  { preset: 'poker', revote: 'no', options: '1\n2\n3 = Three\nnot yet, wait', minWait: '20 s', lastCall: '' },
  { preset: 'panel', deadline: '', onDeadline: 'fail', title: '-1', maxRounds: '5' },
  { who: 'live', least: '2', most: '9', floor: '2', cast: '1', tie: 'seeded', admission: 'key' },
  {
    who: 'parts',
    'role.0': 'dev',
    'agents.0': 'a b',
    'agents.1': 'c',
    'threshold.1': '1',
    'agents.else': 'z',
  },
  { options: 'yes\nno\nlater', wins: 'yes', veto: 'ann', required: 'bob', mayClose: 'agents' },
  {
    equality: 'near',
    tolerance: '0.5',
    decide: 'median',
    keepRounds: '5',
    keepIdle: '7 d',
    keepMessages: '9',
  },
  {
    preset: 'gate',
    who: 'agents',
    agents: 'ann, bob',
    weights: 'ann=2',
    mayWaive: 'ann',
    subjectHash: 'ab12',
  },
];

/** Lines that one shell runs: it has a minute. */
const atOnce = 10;
const inFolder = ['cd "$(mktemp -d)"', `printf %s ${token} > admin-token`];

function drawn(runs: number): readonly Form[] {
  const bodies = fc.sample(anyRule, { seed: seedOfRun(), numRuns: runs });
  return bodies.flatMap((rule) => {
    const parsed = parseSettings({ rule });
    return parsed.ok ? [formOf('any', parsed.settings)] : [];
  });
}

test('both lines make groups with the settings of the form', async () => {
  const again = `SEED=${seedOfRun()} npx vitest run test/e2e/create-lines.test.ts`;
  const forms = [...written, ...drawn(8)];
  const lines = forms.flatMap((form, i) => {
    const { body } = read(form);
    const target = { server: server.url, needsToken: true };
    const quiet = '> answer || { cat answer; exit 1; }';
    return [
      `${commandOf(body, { ...target, group: `command-${i}` })} ${quiet}`,
      `${curlOf(body, { ...target, group: `curl-${i}` })} --fail-with-body -sS ${quiet}`,
    ];
  });
  for (let at = 0; at < lines.length; at += atOnce) {
    const run = await shell(['set -e', ...inFolder, ...lines.slice(at, at + atOnce)].join('\n'));
    expect(run.code, `${again}\n${run.stdout}${run.stderr}`).toBe(0);
  }
  const client = connect({ url: server.url, token });
  for (const [i, form] of forms.entries()) {
    const { parsed } = read(form);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
    const { rule, mayWaive = 'admin', retention, ...rest } = parsed.settings;
    const wanted = { ...rest, rule: viewRule(rule), mayWaive } as unknown as { [name: string]: Json };
    for (const made of [`command-${i}`, `curl-${i}`]) {
      const shown = await client.group(made).show();
      expect(shown, `${again}\n${made}: ${JSON.stringify(form)}`).toMatchObject(wanted);
      expect(shown.retention ?? undefined).toEqual(retention && { messages: null, ...retention });
    }
  }
});

test('neither line changes a group that is there', async () => {
  const target = { server: server.url, needsToken: true, group: 'there' };
  await connect({ url: server.url, token }).group('there').create({ title: 'Mine' });
  const lines = [commandOf({ title: 'Yours' }, target), `${curlOf({ title: 'Yours' }, target)} --fail -sS`];
  for (const line of lines) {
    const run = await shell([...inFolder, line].join('\n'));
    expect(run.code, line).not.toBe(0);
  }
  expect(await connect({ url: server.url, token }).group('there').show()).toMatchObject({ title: 'Mine' });
});
