import { badHeaders, badNames, badQueries, badTexts, values } from './bad-values.ts';
import type { Draft } from './draft.ts';
import type { Chance } from './random.ts';

/** Each changes one thing of a draft for the worse. */
export const bending: readonly ((chance: Chance, draft: Draft) => void)[] = [
  (chance, draft) => {
    const parts = draft.url.split('/');
    parts[1 + chance.below(parts.length - 1)] = chance.pick(badNames);
    draft.url = parts.join('/');
  },
  (chance, draft) => {
    draft.query[chance.pick(['wait', 'after', 'limit', 'before', 'consistency', '__proto__', 'x'])] =
      chance.pick(badQueries);
  },
  (chance, draft) => {
    draft.extra = chance.pick([
      'wait=1s&wait=2s',
      'after=1&after=2',
      'limit[]=1',
      'a'.repeat(2000),
      '%',
      '&&&',
      '=',
      '?',
      'limit=1#x',
    ]);
  },
  (chance, draft) => {
    const [name, list] = chance.pick(badHeaders);
    draft.headers = { ...draft.headers, [name]: chance.pick(list) };
  },
  (chance, draft) => {
    draft.text = chance.pick(badTexts);
  },
  (chance, draft) => {
    const body = { ...draft.body };
    const name = chance.pick([
      ...Object.keys(body),
      'value',
      'agent',
      'seq',
      'rule',
      'ttl',
      'role',
      'instance',
      'body',
      'to',
      'replyTo',
      'inView',
      'ackBy',
      'offset',
      'signature',
      '__proto__',
      'x',
    ]);
    Object.defineProperty(body, name, {
      value: chance.pick([...values, -1, 1.5, 2 ** 53, 'x'.repeat(5000), chance.pick(badNames)]),
      enumerable: true,
    });
    draft.body = body;
  },
  (chance, draft) => {
    const body: Record<string, unknown> = { ...draft.body };
    delete body[chance.pick(Object.keys(body))];
    draft.body = body;
  },
  (chance, draft) => {
    const depth = chance.pick([15, 16, 17, 18, 500, 7000]);
    draft.text = `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  },
  (chance, draft) => {
    draft.text = `{"value":"${'x'.repeat(chance.pick([4093, 4094, 4095, 16_000, 16_384, 40_000]))}"}`;
  },
  (chance, draft) => {
    const text = Buffer.from(draft.text ?? JSON.stringify(draft.body ?? {}));
    if (text.length > 0) text[chance.below(text.length)] = chance.below(256);
    draft.bytes = text;
  },
  (chance, draft) => {
    const text = draft.text ?? JSON.stringify(draft.body ?? {});
    draft.text = text.slice(0, chance.below(text.length + 1));
  },
  (chance, draft) => {
    draft.method = chance.pick([
      'GET',
      'PUT',
      'POST',
      'DELETE',
      'HEAD',
      'OPTIONS',
      'PATCH',
      'TRACE',
      'PROPFIND',
      'SEARCH',
      'COPY',
    ]);
  },
  (chance, draft) => {
    draft.url = chance.pick([
      `${draft.url}/`,
      `/${draft.url}`,
      draft.url.toUpperCase(),
      `${draft.url}/x`,
      draft.url.replaceAll('/', '//'),
      `${draft.url};x=1`,
      `${draft.url}%20`,
    ]);
  },
];
