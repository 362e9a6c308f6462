import { correction, generate } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';

export interface Drawn {
  /** Modules on a side. */
  readonly size: number;
  /** Of an SVG, in modules. */
  readonly path: string;
}

/** The code of an address, with a correction of 15 %, as cameras at an angle need it. */
export function drawn(address: string): Drawn {
  const code = generate(address, { minCorrectionLevel: correction.M });
  return { size: code.size, path: toSvgPath(code) };
}
