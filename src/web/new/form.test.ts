import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds } from '../../../test/harness/property.ts';
import { anyRule } from '../../../test/model/any-rule.ts';
import { parseJson } from '../../core/json.ts';
import { presets } from '../../core/rule/presets.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import type { Json, Settings } from '../../core/types.ts';
import { edited, formOf, fromAddress, read, textIn, toAddress } from './form.ts';
import type { Form } from './texts.ts';

/** The form of a new group: what it says, and that nothing is lost between it, an address and the body of PUT. */

function settingsOf(body: Json): Settings {
  const parsed = parseSettings(body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  return parsed.settings;
}

const bodyOf = (form: Form): Json => read(form).body;

test('an untouched form says nothing, and one with a preset says its name', () => {
  expect(bodyOf({})).toEqual({});
  for (const preset of Object.keys(presets)) expect(bodyOf({ preset })).toEqual({ preset });
});

test('says what somebody has changed, and no more', () => {
  let form: Form = { preset: 'panel', name: 'review-1482' };
  form = edited(form, 'who', 'agents');
  form = edited(form, 'agents', 'ann, bob model-a\nmodel-b');
  form = edited(form, 'threshold', '5');
  form = edited(form, 'deadline', '3 min');
  expect(bodyOf(form)).toEqual({
    preset: 'panel',
    rule: { electorate: { agents: ['ann', 'bob', 'model-a', 'model-b'] }, threshold: 5, deadline: '3m' },
  });
  form = edited(form, 'deadline', '2 min');
  form = edited(form, 'title', 'Merge?');
  expect(bodyOf(form)).toMatchObject({
    title: 'Merge?',
    rule: expect.not.objectContaining({ deadline: '2m' }),
  });
});

test('a field shows what the preset brings until somebody writes there, and what they wrote stands under another preset', () => {
  const panel = textIn({ preset: 'panel' });
  expect(['deadline', 'onDeadline', 'floor', 'close', 'size'].map(panel)).toEqual([
    '2 min',
    'decide',
    '2',
    'early',
    '3',
  ]);
  expect(textIn({ preset: 'gate' })('options')).toBe('approve\nreject');
  const form = edited({ preset: 'panel', deadline: '5 min' }, 'preset', 'poker');
  expect(['deadline', 'onDeadline', 'revote'].map(textIn(form))).toEqual(['5 min', 'fail', 'yes']);
});

test.each<[Form, Json]>([
  [{ threshold: 'Two-Thirds' }, { threshold: 'two-thirds' }],
  [{ threshold: '>1/2' }, { threshold: { num: 1, den: 2, strict: true } }],
  [{ preset: 'poker', revote: 'no' }, { revote: false }],
  [{ preset: 'panel', deadline: '' }, { deadline: null }],
  [{ floor: '3', cast: '2' }, { floor: { present: 3, cast: 2 } }],
  [{ equality: 'near', tolerance: '0,5' }, { equality: { tolerance: 0.5 } }],
  [{ equality: 'near', share: '1/10' }, { equality: { relative: { num: 1, den: 10 } } }],
  [{ equality: 'text', part: '/answer' }, { equality: { field: '/answer', by: 'text' } }],
  [{ weights: 'ann=2, bob: 3' }, { weights: { ann: 2, bob: 3 } }],
  [
    { options: 'S = Small\n3\n"3"\n{"value": 1}' },
    { options: [{ value: 'S', label: 'Small' }, 3, '3', { value: { value: 1 } }] },
  ],
  [{ wins: 'yes, of course\n[1, 2]' }, { wins: ['yes, of course', [1, 2]] }],
  [{ tie: 'priority', priority: 'b\na' }, { tie: { priority: ['b', 'a'] } }],
  [{ tie: 'seeded', priority: 'b\na' }, { tie: 'seeded' }],
  [
    { deadline: '1.5 h', onDeadline: 'default', default: 'no' },
    { deadline: '1.5h', onDeadline: { default: 'no' } },
  ],
  [
    { minWait: '20 segundos', lastCall: '500 ms' },
    { minWait: '20s', lastCall: '500ms' },
  ],
  [
    { veto: 'ann', required: 'bob, cy', maxRounds: '3' },
    { veto: ['ann'], required: ['bob', 'cy'], maxRounds: 3 },
  ],
  [{ who: 'live', least: '3' }, { electorate: { live: { min: 3, max: 100 } } }],
  [{ who: 'agents', agents: 'ann', size: '7' }, { electorate: { agents: ['ann'] } }],
  [
    {
      who: 'parts',
      combine: '2',
      threshold: '9',
      'role.0': 'dev',
      'agents.0': 'a b',
      'threshold.0': '2',
      'agents.1': 'c',
      'agents.else': 'z',
    },
    {
      electorate: {
        atLeast: 2,
        of: [{ role: 'dev', agents: ['a', 'b'], threshold: 2 }, { agents: ['c'] }],
        else: { agents: ['z'] },
      },
    },
  ],
  [
    { more: '{"threshold": 2, "tie": "seeded"}', threshold: '3' },
    { threshold: 3, tie: 'seeded' },
  ],
])('%j is the rule %j', (form, rule) => {
  const { preset } = form;
  expect(bodyOf(form)).toEqual({ ...(preset && { preset }), rule });
});

test.each<[Form, Json]>([
  [
    { mayClose: 'agents', mayWaive: 'ann', maySpend: 'agents' },
    { mayClose: 'agents', mayWaive: ['ann'], maySpend: 'agents' },
  ],
  [{ mayClose: 'agents,' }, { mayClose: ['agents'] }],
  [
    { admission: 'key', subjectHash: 'ab12' },
    { admission: 'key', subjectHash: 'ab12' },
  ],
  [{ keepRounds: '5', keepIdle: '7 d' }, { retention: { rounds: 5, idle: '7d' } }],
])('%j is beside the rule %j', (form, body) => {
  expect(bodyOf(form)).toEqual(body);
});

test.each<[Form, string]>([
  [{ threshold: 'a few' }, 'rule.threshold'],
  [{ threshold: '0.5' }, 'rule.threshold'],
  [{ deadline: 'soon' }, 'rule.deadline'],
  [{ deadline: '2 months' }, 'rule.deadline'],
  [{ size: '' }, 'rule.electorate.size'],
  [{ equality: 'near' }, 'rule.equality.tolerance'],
  [{ weights: 'ann' }, 'rule.weights'],
  [{ keepRounds: 'all' }, 'retention.rounds'],
])('of %j the core says that %s is wrong', (form, field) => {
  const { parsed } = read(form);
  expect(parsed.ok ? [] : parsed.complaints.map((one) => one.field)).toContain(field);
});

test.each<[Form, string]>([
  [{ options: 'yes\n{"a": ' }, 'options'],
  [{ onDeadline: 'default', default: '1e999' }, 'default'],
  [{ more: '[1]' }, 'more'],
  [{ more: '{"threshold": 1, "threshold": 2}' }, 'more'],
])('%j has a slip in %s', (form, field) => {
  expect(read(form).slips.map((slip) => slip.field)).toEqual([field]);
});

describe('nothing is lost', () => {
  const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
  const settings = fc
    .record({
      preset: fc.constantFrom(null, ...Object.keys(presets)),
      rule: anyRule,
      title: fc.option(texts),
      admission: fc.constantFrom('open', 'key', 'invite'),
      mayClose: fc.constantFrom<Json>('admin', 'agents', ['ann'], ['agents'], ['ann', 'bob']),
      retention: fc.constantFrom<Json>(null, { rounds: 3 }, { idle: '7d', messages: 9 }),
    })
    .map(({ preset, ...body }) => ({ ...body, ...(preset !== null && { preset }) }))
    .filter((body) => parseSettings(body as Json).ok);

  test('between settings, the form, an address and the body', () => {
    holds(
      fc.property(settings, (body) => {
        const wanted = settingsOf(body as Json);
        const form = formOf('lunch', wanted);
        expect(settingsOf(bodyOf(form))).toEqual(wanted);
        const again = fromAddress(`?${toAddress(form)}`);
        expect(again).toEqual(form);
      }),
      300,
    );
  });

  test('of options and values of any kind', () => {
    const value = fc.oneof(
      texts,
      fc.constantFrom(' = ', 'a = b', '"a', '[1', '3', 'null', ' a', '"a = b" = c'),
      // -0 is 0 in JSON.
      fc.jsonValue({ maxDepth: 2 }).map((any) => JSON.parse(JSON.stringify(any)) as typeof any),
    );
    const option = fc.record({ value, label: fc.option(texts) });
    holds(
      fc.property(
        fc.uniqueArray(option, { minLength: 2, maxLength: 5, selector: (one) => JSON.stringify(one.value) }),
        (options) => {
          const asked = options.map((one) => (one.label === null ? { value: one.value } : one));
          // What a server would be sent at all: some whole numbers are beyond what JSON keeps.
          fc.pre(parseJson(JSON.stringify(asked), 20).ok);
          const parsed = parseSettings({ rule: { options: asked as Json } });
          fc.pre(parsed.ok);
          if (!parsed.ok) return;
          expect(settingsOf(bodyOf(formOf('lunch', parsed.settings)))).toEqual(parsed.settings);
        },
      ),
      300,
    );
  });
});

test('an address says nothing that is no field, and panels within panels stand as JSON', () => {
  expect(fromAddress('?preset=panel&joinKey=secret&as=ann&agents.0=a&agents.x=b&deadline=2+min')).toEqual({
    preset: 'panel',
    'agents.0': 'a',
  });
  const panel = { role: 'p', agents: ['ann', 'bob'], threshold: 1 };
  const wanted = settingsOf({ rule: { electorate: { all: [panel, { any: [panel, panel] }] } } });
  const form = formOf('deep', wanted);
  expect(Object.keys(form).sort()).toEqual(['more', 'name']);
  expect(settingsOf(bodyOf(form))).toEqual(wanted);
});
