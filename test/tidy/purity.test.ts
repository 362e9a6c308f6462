import { describe, expect, it } from 'vitest';
import { codeOf, importsOf, isTest, placeOf, sourcesIn } from './source.ts';

/**
 * The core decides the same on every server, at every replay, for ever: nothing of the surroundings may enter. [Q1.2] The same
 * record gives the same run of the playground in every browser, for ever: nothing may enter there either.
 */

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly instead: string;
  /** The one file that may. */
  readonly except?: string;
}

const bans: readonly Ban[] = [
  { what: 'Date.now', pattern: /\bDate\s*\.\s*now\b/g, instead: 'use the time of the scene, scene.now' },
  {
    what: 'new Date()',
    pattern: /\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/g,
    instead: 'give it the log time: new Date(ms)',
  },
  { what: 'performance', pattern: /\bperformance\b/g, instead: 'measure outside of the core' },
  { what: 'Math.random', pattern: /\bMath\s*\.\s*random\b/g, instead: 'draw from the seed of the entry' },
  {
    what: 'timers',
    pattern: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g,
    instead: 'set nextDue: a tick in the log fires it',
  },
  { what: 'process', pattern: /\bprocess\b/g, instead: 'take it as a parameter from the server' },
  {
    what: 'async',
    pattern: /\basync\b|\bawait\b|\bPromise\b/g,
    instead: 'return the answer: the replica does the waiting',
  },
  {
    what: 'for-in',
    pattern: /\bfor\s*\(\s*(?:const|let|var)\s+\w+\s+in\b/g,
    instead: 'use for-of over a Map or Object.keys, whose order is given',
  },
  {
    what: 'locale',
    pattern: /\blocaleCompare\b|\bIntl\b|\btoLocale\w+/g,
    instead: 'compare with < and >, which is the same everywhere',
  },
  {
    what: "Node's letters",
    pattern: /\.\s*(?:toLowerCase|toUpperCase|trim|trimStart|trimEnd)\b/g,
    instead:
      'use src/core/equality/unicode.ts: which letters and spaces Node knows changes with its patch level',
  },
  {
    what: "Node's normal forms",
    pattern: /\.\s*normalize\b/g,
    instead: 'use src/core/equality/unicode.ts, which asks for those of assigned characters only',
    except: 'src/core/equality/unicode.ts',
  },
  {
    what: 'a regular expression',
    pattern: /(?:[(,=:[!&|?{};>]|\breturn|\bcase)\s*\/(?![/*=\s])|\bRegExp\b/g,
    instead: 'look at the characters, as isName does: what callers send must cost linear time',
  },
];

const pure = sourcesIn('src/core', 'src/play').filter((file) => !isTest(file));

describe('purity of the core and the playground', () => {
  it.each(bans)('has no $what', ({ what, pattern, instead, except }) => {
    const others = pure.filter(({ path }) => path !== except);
    const found = others.flatMap((file) =>
      [...codeOf(file.text).matchAll(pattern)].map(
        ({ index }) => `${placeOf(file, index)} uses ${what}: ${instead}`,
      ),
    );
    expect(found, found.join('\n')).toEqual([]);
  });

  it('imports nothing of Node', () => {
    const found = pure.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target.startsWith('node:'))
        .map(({ target }) => `${file.path} imports ${target}: do it in the replica or at the edge`),
    );
    expect(found, found.join('\n')).toEqual([]);
  });

  it.each(bans)('would notice $what', ({ what, pattern }) => {
    const samples: Record<string, string> = {
      'Date.now': 'x = Date.now();',
      'new Date()': 'x = new Date();',
      performance: 'x = performance.now();',
      'Math.random': 'x = Math.random();',
      timers: 'setTimeout(f, 1);',
      process: 'x = process.env;',
      async: 'async function f() {}',
      'for-in': 'for (const k in o) f(k);',
      locale: 'a.localeCompare(b);',
      "Node's letters": 'a.toLowerCase();',
      "Node's normal forms": "a.normalize('NFC');",
      'a regular expression': 'return /a+/.test(x);',
    };
    const sample = samples[what] ?? '';
    expect(codeOf(sample).match(pattern)).not.toBeNull();
    expect(codeOf(`// ${sample}\nconst text = ${JSON.stringify(sample)};`).match(pattern)).toBeNull();
  });
});
