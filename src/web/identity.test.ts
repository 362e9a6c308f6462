import { expect, test } from 'vitest';
import { identityIn, identityPlace, instance, keepIdentity } from './identity.ts';
import { type Store, storeOf } from './store.ts';

/** Two tabs of one browser: each has a store of its own over what the browser keeps. */
function tabs(): readonly [Store, Store] {
  const kept = new Map<string, string>();
  const browser: Store = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
  };
  return [storeOf(() => browser), storeOf(() => browser)];
}

/** A browser that keeps nothing. */
const refusing = (): Store =>
  storeOf(() => {
    throw new Error('refused');
  });

test('all tabs of a browser are one, and no two browsers are', () => {
  const [one, other] = tabs();
  const id = instance(one);
  expect(id).toMatch(/^web-[0-9a-f]{32}$/);
  expect(instance(other)).toBe(id);
  expect(instance(tabs()[0])).not.toBe(id);
});

test('a browser that keeps nothing is one until the page is left', () => {
  const store = refusing();
  expect(instance(store)).toBe(instance(store));
  keepIdentity('lunch', { agent: 'ann', token: 't' }, store);
  expect(identityIn('lunch', store)).toEqual({ agent: 'ann', token: 't' });
  keepIdentity('lunch', null, store);
  expect(identityIn('lunch', store)).toBeNull();
});

test('a name is kept for its group alone, in all tabs, until it is forgotten', () => {
  const [one, other] = tabs();
  keepIdentity('lunch', { agent: 'ann', token: 't' }, one);
  expect(identityIn('lunch', other)).toEqual({ agent: 'ann', token: 't' });
  expect(identityIn('dinner', other)).toBeNull();
  keepIdentity('lunch', null, other);
  expect(identityIn('lunch', one)).toBeNull();
});

test.each(['', 'null', '{', '[]', '{"agent":1,"token":"t"}', '{"agent":"ann"}'])(
  'what was kept as %s is nobody',
  (text) => {
    const [store] = tabs();
    store.setItem(identityPlace('lunch'), text);
    expect(identityIn('lunch', store)).toBeNull();
  },
);

test('two servers below one host, each with its own path, keep apart what they keep in one browser', () => {
  const kept = new Map<string, string>();
  const browser: Store = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
  };
  const [root, below] = ['/ ', '/q/ '].map((prefix) =>
    storeOf(
      () => browser,
      () => prefix,
    ),
  ) as [Store, Store];
  keepIdentity('lunch', { agent: 'ann', token: 't' }, root);
  expect(identityIn('lunch', below)).toBeNull();
  expect(instance(below)).not.toBe(instance(root));
  keepIdentity('lunch', null, below);
  expect(identityIn('lunch', root)).toEqual({ agent: 'ann', token: 't' });
});
