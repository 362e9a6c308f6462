import { placeOf } from './place.ts';

/** The part of `localStorage` that pages use. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * A storage that never throws. What the browser does not keep, as some do not in private windows or when it is full, is kept until
 * the page is left. There every name begins with `prefix`.
 */
export function storeOf(open: () => Store, prefix = (): string => ''): Store {
  const memory = new Map<string, string>();
  const tried = <T>(use: (store: Store) => T, otherwise: T): T => {
    try {
      return use(open());
    } catch {
      return otherwise;
    }
  };
  return {
    getItem: (name) => memory.get(name) ?? tried((store) => store.getItem(prefix() + name), null),
    setItem: (name, text) => {
      const isKept = tried((store) => {
        store.setItem(prefix() + name, text);
        return true;
      }, false);
      if (isKept) memory.delete(name);
      else memory.set(name, text);
    },
    removeItem: (name) => {
      memory.delete(name);
      tried((store) => store.removeItem(prefix() + name), undefined);
    },
  };
}

/** What names of all that this server's pages keep begin with: several servers may be at one host, each below its own path. */
export const ownPrefix = (): string =>
  `${placeOf(typeof location === 'undefined' ? '/' : location.pathname).base} `;

/** The browser's, for this server: all tabs share it. */
export const store: Store = storeOf(() => localStorage, ownPrefix);

/** Calls when another tab has changed what is kept under the name, which may be another by then; null: there is none. */
export function onStored(name: () => string | null, call: () => void): void {
  addEventListener('storage', ({ key }) => {
    const wanted = name();
    if (wanted !== null && key === ownPrefix() + wanted) call();
  });
}
