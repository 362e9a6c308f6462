import { oneLine, paint } from '../output.ts';

export interface Line {
  readonly text: string;
  readonly format?: 'bold' | 'red' | 'green' | 'yellow';
}

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const restOfLine = '\u001b[K';
const restOfScreen = '\u001b[J';

/**
 * The whole terminal, redrawn at each change. It uses the alternate screen, so the earlier contents come back on `close`,
 * which also happens when the process ends.
 */
export class Screen {
  private readonly stream: NodeJS.WriteStream;
  private readonly closing = () => this.close();
  private readonly redrawing = () => this.draw();
  private lines: readonly Line[] = [];
  private closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    stream.write(enter);
    stream.on('resize', this.redrawing);
    process.once('exit', this.closing);
  }

  /** Replaces all lines. Lines that are too long are cut; lines that do not fit are left out. */
  show(lines: readonly Line[]): void {
    this.lines = lines;
    this.draw();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stream.removeListener('resize', this.redrawing);
    process.removeListener('exit', this.closing);
    this.stream.write(leave);
  }

  private draw(): void {
    if (this.closed) return;
    // Some terminals do not know their size and say 0.
    const { columns, rows } = { columns: this.stream.columns || 80, rows: this.stream.rows || 24 };
    const shown = this.lines.slice(0, rows).map(({ text, format }) => {
      const cut = cutTo(columns, oneLine(text));
      return format === undefined ? cut : paint(format, cut, this.stream);
    });
    // Drawn over the old contents, without clearing first, so that nothing flickers.
    this.stream.write(home + shown.join(`${restOfLine}\r\n`) + restOfLine + restOfScreen);
  }
}

function cutTo(columns: number, text: string): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, columns - 1).join('')}…`;
}
