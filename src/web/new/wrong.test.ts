import { expect, test } from 'vitest';
import { read } from './form.ts';
import type { Form } from './texts.ts';
import { wrongIn } from './wrong.ts';

const wrong = (form: Form) => wrongIn(form, read(form)).map(({ fields, at }) => [...fields, at].join(' '));

test.each<[Form, string]>([
  [{ who: 'agents', agents: 'ann, bob', threshold: '3' }, 'threshold agents threshold'],
  [{ size: '2', threshold: '3' }, 'threshold size threshold'],
  [{ who: 'live', least: '9', most: '3' }, 'least most most'],
  [{ size: '2', floor: '3', cast: '1' }, 'floor size floor'],
  [{ size: '2', cast: '3' }, 'cast size cast'],
  [{ onDeadline: 'decide' }, 'onDeadline deadline onDeadline'],
  [{ options: 'a\nb', deadline: '5 min', onDeadline: 'default', default: 'c' }, 'default options default'],
  [{ options: 'a\nb', tie: 'priority', priority: 'c' }, 'priority options priority'],
  [{ who: 'agents', agents: 'ann', weights: 'bob=2' }, 'weights agents weights'],
  [{ wins: 'a' }, 'wins options wins'],
  [{ decide: 'median' }, 'decide equality decide'],
  [{ mayWaive: 'ann' }, 'mayWaive size mayWaive'],
  [{ preset: 'best' }, 'preset preset'],
  [{ equality: 'near', share: '3/2' }, 'share share'],
  [{ equality: 'near', tolerance: 'a bit' }, 'tolerance tolerance'],
  [{ part: 'answer' }, 'part part'],
  [{ keepIdle: 'long' }, 'keepIdle keepIdle'],
  [{ more: '{"thresold": 2}' }, 'more more'],
  [{ more: '{"threshold": 9}' }, 'more size more'],
  [{ options: '["a"' }, 'options options'],
  [
    { who: 'parts', 'agents.4': 'a', 'agents.7': 'b', 'threshold.7': '2' },
    'threshold.7 agents.7 threshold.7',
  ],
  [{ who: 'parts', combine: '3', 'agents.0': 'a' }, 'combine combine'],
  [{ who: 'parts', 'agents.0': 'a', 'agents.else': 'A' }, 'agents.else agents.else'],
  [{ who: 'parts', 'agents.0': 'a', absent: 'excluded' }, 'who absent absent'],
  [{ who: 'parts' }, 'who who'],
])('%j is wrong at %s', (form, where) => {
  expect(wrong(form)).toContain(where);
});

test('what a server finds wrong stands at the same fields', () => {
  const form = { preset: 'panel' };
  const server = [
    { field: 'rule.threshold and rule.electorate', fields: ['rule.threshold', 'rule.electorate'], fix: 'no' },
  ];
  expect(wrongIn(form, read(form), server)).toEqual([
    { fields: ['threshold', 'size'], at: 'threshold', fix: 'no', lang: 'en' },
  ]);
});
