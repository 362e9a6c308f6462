import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds } from '../../test/harness/property.ts';
import { type Line, type LineLimits, Lines } from './lines.ts';

const limits = { lineBytes: 100, lines: 100, bytes: 10_000 };

/** What is read of a body that comes in these pieces: the texts by number, `code` where there is none, `code!` for the last. */
function read(pieces: readonly (string | Buffer)[], bounds: LineLimits = limits): string[] {
  const lines = new Lines(bounds);
  const seen: string[] = [];
  const all = (): boolean => {
    for (let line = lines.next(); line !== null; line = lines.next()) {
      seen.push(`${line.number} ${shown(line)}`);
      if (line.isLast) return true;
    }
    return false;
  };
  for (const piece of pieces) {
    lines.feed(Buffer.from(piece as string));
    if (all()) return seen;
  }
  lines.end();
  all();
  return seen;
}

const shown = ({ text, problem, isLast }: Line): string => text ?? `${problem?.code}${isLast ? '!' : ''}`;

describe('lines of a body', () => {
  test('are numbered from 1; blank ones count and are left out, and the last one needs no end', () => {
    expect(read(['a\n\n \t\r\nb\r\nc'])).toEqual(['1 a', '4 b\r', '5 c']);
    expect(read(['a\n'])).toEqual(['1 a']);
    expect(read([''])).toEqual([]);
    expect(read(['\n\n'])).toEqual([]);
  });

  test('that are too long or no UTF-8 are problems of their own', () => {
    const broken = Buffer.concat([Buffer.from('ok\n"'), Buffer.from([0xff]), Buffer.from('"\n\u00e9')]);
    expect(read([broken])).toEqual(['1 ok', '2 invalid-json', '3 \u00e9']);
    const long = 'x'.repeat(100);
    expect(read([`${long}\n${long}x\nok`])).toEqual([`1 ${long}`, '2 too-large', '3 ok']);
    // One that is cut into pieces, of which none is too long.
    expect(read([long, 'x', long, '\nok'])).toEqual(['1 too-large', '2 ok']);
  });

  test('end with the one that passes a limit', () => {
    expect(read(['a\nb\nc\nd\n'], { ...limits, lines: 2 })).toEqual(['1 a', '2 b', '3 too-large!']);
    expect(read(['a\nb\n\n'], { ...limits, lines: 2 })).toEqual(['1 a', '2 b']);
    expect(read(['abc\ndef\ngh'], { ...limits, bytes: 7 })).toEqual(['1 abc', '2 def', '3 too-large!']);
    expect(read(['abc\ndef'], { ...limits, bytes: 7 })).toEqual(['1 abc', '2 def']);
    expect(read(['abc\ndef\n'], { ...limits, bytes: 7 })).toEqual(['1 abc', '2 def']);
    expect(read(['abc\n', 'd', 'ef', 'g'], { ...limits, bytes: 7 })).toEqual(['1 abc', '2 too-large!']);
    expect(read(['\n'.repeat(9)], { ...limits, bytes: 7 })).toEqual(['9 too-large!']);
  });

  test('are the same however the body is cut into pieces', () => {
    const part = fc.constantFrom(
      'a',
      '\n',
      ' ',
      '\r\n',
      '{"v":1}',
      '\u00e9',
      '\u{1f600}',
      'x'.repeat(40),
      '\xff',
    );
    const body = fc.array(part, { maxLength: 60 }).map((parts) => {
      const bytes = parts.map((text) => Buffer.from(text, text === '\xff' ? 'latin1' : 'utf8'));
      return Buffer.concat(bytes);
    });
    const cuts = fc.array(fc.nat(400), { maxLength: 10 });
    const bounds = fc.record({
      lineBytes: fc.integer({ min: 1, max: 90 }),
      lines: fc.integer({ min: 1, max: 20 }),
      bytes: fc.integer({ min: 1, max: 400 }),
    });
    holds(
      fc.property(body, cuts, bounds, (body, cuts, bounds) => {
        const places = [0, ...cuts.map((at) => at % (body.length + 1)).sort((a, b) => a - b), body.length];
        const pieces = places.slice(1).map((to, i) => body.subarray(places[i], to));
        expect(read(pieces, bounds)).toEqual(read([body], bounds));
      }),
    );
  });
});
