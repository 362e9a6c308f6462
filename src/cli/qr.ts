import { styleText } from 'node:util';
import { correction, generate } from 'lean-qr';
import { print } from './output.ts';

/** On a terminal, shows the first of these addresses so that phones read it; a pipe gets nothing. */
export function showOnTerminal(addresses: readonly string[]): void {
  const [first] = addresses;
  if (first === undefined || process.stdout.isTTY !== true) return;
  const code = qrText(first, process.stdout);
  print(`${code === null ? '' : `\n${code}\n`}\n  ${addresses.join('\n  ')}\n`);
}

/** Modules of white around the code, without which cameras do not find it. */
const quiet = 4;

/**
 * The address as a QR code for a terminal, two rows of modules a line; null where the terminal is too narrow for it. Black on white
 * where there are colours; without them a terminal is taken for a dark one.
 */
function qrText(address: string, stream: NodeJS.WriteStream): string | null {
  const code = generate(address, { minCorrectionLevel: correction.M });
  const end = code.size + quiet;
  if ((stream.columns || 80) < end + quiet) return null;
  const hasColours = stream.hasColors?.() === true;
  const [none, upper, lower, both] = hasColours ? [' ', '▀', '▄', '█'] : ['█', '▄', '▀', ' '];
  const lines: string[] = [];
  for (let y = -quiet; y < end; y += 2) {
    let line = '';
    for (let x = -quiet; x < end; x += 1) {
      const [above, below] = [code.get(x, y), code.get(x, y + 1)];
      line += above ? (below ? both : upper) : below ? lower : none;
    }
    lines.push(hasColours ? styleText(['black', 'bgWhiteBright'], line, { stream }) : line);
  }
  return lines.join('\n');
}
