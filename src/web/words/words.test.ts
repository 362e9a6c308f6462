import { describe, expect, test } from 'vitest';
import { storeOf } from '../store.ts';
import { words as english } from './en.ts';
import { words as spanish } from './es.ts';
import { chooseLanguage, languageOf } from './language.ts';

/** Texts that are the same in both languages, by their place. */
const same = [
  'span',
  'frame.title',
  'frame.docs',
  'clock.duration',
  'webhooks.title',
  'group.tally.row',
  'group.written.veto',
  'play.sides.quorate',
  'play.diagram.svg',
  'cluster.head.quorum',
  'cluster.members.title',
];

type Leaf = string | number | boolean | ((...given: never[]) => unknown);

/** Each text, by its place: `vote.seat.name`. */
function leavesOf(words: object, place = ''): Map<string, Leaf> {
  return new Map(
    Object.entries(words).flatMap(([name, value]: [string, Leaf | object]) =>
      typeof value === 'object'
        ? [...leavesOf(value, `${place}${name}.`)]
        : [[place + name, value] as [string, Leaf]],
    ),
  );
}

/** What a text says whatever it is given: of a function what stands in quotes. */
function saidBy(leaf: Leaf): string {
  if (typeof leaf !== 'function') return String(leaf);
  const quoted = String(leaf).match(/`[^`]*`|'[^']*'|"[^"]*"/g) ?? [];
  return quoted.map((text) => text.replaceAll(/\$\{[^}]*\}/g, '}')).join(' ');
}

describe('Spanish', () => {
  const [en, es] = [leavesOf(english), leavesOf(spanish)];

  test('has every text of English, and no other', () => {
    expect([...es.keys()].sort()).toEqual([...en.keys()].sort());
    expect(en.size).toBeGreaterThan(200);
  });

  test('leaves no text empty, and takes as many arguments for each', () => {
    const wrong = [...en].filter(([place, text]) => {
      const own = es.get(place);
      if (typeof text === 'function') return typeof own !== 'function' || own.length !== text.length;
      return typeof own !== typeof text || (String(own).trim() === '') !== (String(text).trim() === '');
    });
    expect(wrong.map(([place]) => place)).toEqual([]);
  });

  test('repeats no English text but those that are the same in both', () => {
    const repeated = [...en].filter(([place, text]) => {
      const said = saidBy(text);
      return /\p{L}{2}/u.test(said) && said === saidBy(es.get(place) as Leaf);
    });
    expect(repeated.map(([place]) => place).sort()).toEqual([...same].sort());
  });

  test('opens what it closes, and has no word of English in it', () => {
    for (const [place, text] of es) {
      const said = saidBy(text);
      const [opened, closed] = [/¿/g, /[\p{L}}]\?/gu].map((sign) => said.match(sign)?.length ?? 0);
      expect(opened, `${place}: ${said}`).toBe(closed);
      expect(said, place).not.toMatch(/\b(?:the|of|and|is|are|your|round|vote)\b/i);
    }
  });
});

describe('the language of a page', () => {
  const kept = (language?: string) => {
    const memory = new Map(language === undefined ? [] : [['quorate.language', language]]);
    return storeOf(() => ({
      getItem: (name) => memory.get(name) ?? null,
      setItem: (name, text) => memory.set(name, text),
      removeItem: (name) => memory.delete(name),
    }));
  };

  test.each([
    [['es-MX', 'en'], 'es'],
    [['de', 'ES'], 'es'],
    [['en-US', 'es'], 'en'],
    [['de-CH', 'fr'], 'en'],
    [['toString', 'constructor'], 'en'],
    [[], 'en'],
  ])('a browser that asks for %j sees %s', (asked, language) => {
    expect(languageOf(asked, kept())).toBe(language);
  });

  test('is what somebody chose, whatever the browser asks for', () => {
    const store = kept();
    chooseLanguage('es', store);
    expect(languageOf(['en-GB'], store)).toBe('es');
    chooseLanguage('en', store);
    expect(languageOf(['es'], store)).toBe('en');
    expect(languageOf(['es'], kept('klingon'))).toBe('es');
  });
});
