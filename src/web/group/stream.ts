import type { ItemJson } from '../../client/index.ts';

/** Places of a group's stream that its page keeps, from the end back. */
export const lookBack = 500;

/** The items with one more behind them; one that is there already changes nothing, unless it was withheld. */
export function withItem(items: readonly ItemJson[], item: ItemJson): readonly ItemJson[] {
  const place = items.findIndex((one) => one.offset === item.offset && 'withheld' in one);
  if (place >= 0) return items.with(place, item);
  if (item.offset <= (items.at(-1)?.offset ?? 0)) return items;
  return [...items, item].slice(-lookBack);
}
