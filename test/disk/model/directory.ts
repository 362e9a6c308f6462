import type { Random } from '../../sim/random.ts';
import type { Inode, Kept } from './inode.ts';

export type Node = Inode | Directory;

/** A change of which names there are. */
interface Change {
  readonly remove?: string;
  readonly set?: { readonly name: string; readonly node: Node };
}

/** The names in a directory: what programs see, and what would be left of them after a power cut. */
export class Directory {
  readonly id: number;
  #visible = new Map<string, Node>();
  #durable = new Map<string, Node>();
  #unsynced: Change[] = [];

  constructor(id: number) {
    this.id = id;
  }

  get names(): string[] {
    return [...this.#visible.keys()].sort();
  }

  get(name: string): Node | undefined {
    return this.#visible.get(name);
  }

  set(name: string, node: Node): void {
    this.#change({ set: { name, node } });
  }

  remove(name: string): void {
    this.#change({ remove: name });
  }

  /** For programs at once. A power cut can keep any part of it: file systems do better, and nobody is to need it. */
  rename(from: string, to: string): void {
    const node = this.#visible.get(from) as Node;
    if (this.#visible.has(to)) this.#change({ remove: to });
    this.#change({ remove: from });
    this.#change({ set: { name: to, node } });
  }

  #change(change: Change): void {
    this.#unsynced.push(change);
    apply(this.#visible, change);
  }

  /** What a sync that begins now has to make durable. */
  syncing(): readonly unknown[] {
    return [...this.#unsynced];
  }

  synced(changes: readonly unknown[]): void {
    for (const change of this.#unsynced) if (changes.includes(change)) apply(this.#durable, change);
    this.#unsynced = this.#unsynced.filter((change) => !changes.includes(change));
  }

  /** The power is cut: any of the changes that were not synced are lost. */
  cut(random: Random, kept: Kept): void {
    for (const change of this.#unsynced) if (random.chance(kept)) apply(this.#durable, change);
    this.#unsynced = [];
    this.#visible = new Map(this.#durable);
    for (const node of this.#visible.values()) node.cut(random, kept);
  }

  /** Every file below. */
  *files(): Generator<Inode> {
    for (const node of this.#visible.values())
      if (node instanceof Directory) yield* node.files();
      else yield node;
  }

  copy(): Directory {
    const copy = new Directory(this.id);
    for (const [name, node] of this.#visible) copy.#visible.set(name, node.copy());
    copy.#durable = new Map(copy.#visible);
    return copy;
  }
}

function apply(names: Map<string, Node>, { remove, set }: Change): void {
  if (remove !== undefined) names.delete(remove);
  if (set !== undefined) names.set(set.name, set.node);
}
