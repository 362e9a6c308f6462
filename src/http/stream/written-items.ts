import { charactersIn, type Item } from '../../core/group/stream.ts';
import { viewWhole, viewWithheld } from '../../core/view/stream.ts';
import { frame } from '../events/frames.ts';

/** Items of streams as they go out: each is written once, in each of its two forms, for all who read it about then. [Q9.7] [Q9.11] */
export class WrittenItems {
  /** For those who may read it. */
  readonly whole = new Forms(wholeText);
  /** For all others. */
  readonly withheld = new Forms((item) => JSON.stringify(viewWithheld(item)), 'withheld');
}

/** One item in one form. */
class Written {
  /** As JSON. */
  readonly text: string;
  /** Characters that it takes while it is held, with those of the item, which its group may have let go of. */
  readonly characters: number;
  private readonly offset: number;
  private readonly type: string;
  private bytes: Uint8Array | null = null;

  constructor(text: string, item: Item, type: string) {
    this.text = text;
    this.characters = text.length + charactersIn(item);
    this.offset = item.offset;
    this.type = type;
  }

  /** As an event, whose id is the offset. */
  get frame(): Uint8Array {
    this.bytes ??= frame(this.offset, this.type, this.text);
    return this.bytes;
  }
}

/** Characters that the items held in one form take, beyond which half of them are let go. */
const mostCharacters = 8 << 20;

class Forms {
  private readonly write: (item: Item) => string;
  private readonly type: string | null;
  /** The oldest first. */
  private readonly held = new Map<Item, Written>();
  private characters = 0;

  constructor(write: (item: Item) => string, type: string | null = null) {
    this.write = write;
    this.type = type;
  }

  of(item: Item): Written {
    const known = this.held.get(item);
    if (known !== undefined) return known;
    const text = this.write(item);
    const written = new Written(text, item, this.type ?? item.type);
    this.held.set(item, written);
    this.characters += written.characters;
    if (this.characters > mostCharacters) this.makeRoom();
    return written;
  }

  private makeRoom(): void {
    for (const [item, { characters }] of this.held) {
      this.held.delete(item);
      this.characters -= characters;
      if (this.characters <= mostCharacters / 2) return;
    }
  }
}

/** The item as JSON. The body of a message is canonical JSON already, and is not read again. */
function wholeText(item: Item): string {
  if (item.type !== 'message') return JSON.stringify(viewWhole(item));
  const shape = JSON.stringify(viewWhole({ ...item, body: 'null' }));
  // In no text before it can this stand unescaped.
  const at = shape.indexOf(emptyBody) + emptyBody.length;
  return `${shape.slice(0, at - 'null'.length)}${item.body}${shape.slice(at)}`;
}

const emptyBody = '"body":null';
