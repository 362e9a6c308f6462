import { readFileSync } from 'node:fs';

/** Commands of docs/cluster.md that are run together. */
export interface Block {
  /** The heading that it stands under. */
  readonly heading: string;
  /** Its first line: where it is run. */
  readonly where: string;
  readonly script: string;
}

/** The blocks of the page, handed out one by one, so that in the end it is known which were never run. */
export class Page {
  private readonly blocks: readonly Block[];
  private readonly taken = new Set<Block>();

  constructor() {
    const text = readFileSync(new URL('../../../docs/cluster.md', import.meta.url), 'utf8');
    const blocks: Block[] = [];
    let heading = '';
    for (const part of text.matchAll(/^#+ (.*)$|^```sh\n# (.*)\n([\s\S]*?)^```$/gm)) {
      const [, title, where = '', script = ''] = part;
      if (title === undefined) blocks.push({ heading, where, script });
      else if (where === '') heading = title;
    }
    this.blocks = blocks;
  }

  /** The block under a heading, by its number there; throws when there is none, or it is to be run elsewhere. */
  under(heading: string, where: RegExp, number = 1): string {
    const block = this.blocks.filter((one) => one.heading === heading)[number - 1];
    if (block === undefined) throw new Error(`docs/cluster.md has no block ${number} under "${heading}"`);
    if (!where.test(block.where)) throw new Error(`"${heading}" is run ${block.where}, not ${where}`);
    this.taken.add(block);
    return block.script;
  }

  get neverRun(): string[] {
    return this.blocks
      .filter((block) => !this.taken.has(block))
      .map(({ heading, script }) => `${heading}:\n${script}`);
  }
}
