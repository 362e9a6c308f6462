import type { Words } from './en.ts';
import { languageOf } from './language.ts';

/** The language of this page. */
export const language = languageOf(globalThis.navigator?.languages ?? []);

/** The texts of this page. Only its own language is loaded. */
export const words: Words =
  language === 'es' ? (await import('./es.ts')).words : (await import('./en.ts')).words;
