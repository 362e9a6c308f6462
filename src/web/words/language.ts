import { type Store, store } from '../store.ts';

/** The languages of the pages, each by its own name. */
export const languages = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof languages;

const place = 'quorate.language';

/** The language that was chosen in this browser, else the first of those it asks for that the pages have, else English. */
export function languageOf(asked: readonly string[], from: Store = store): Language {
  const kept = from.getItem(place);
  const wanted = [...(kept === null ? [] : [kept]), ...asked].map((tag) => tag.toLowerCase().split('-')[0]);
  return wanted.find((tag): tag is Language => tag !== undefined && Object.hasOwn(languages, tag)) ?? 'en';
}

/** Keeps the choice for all pages; a page shows it when it is loaded again. */
export function chooseLanguage(language: Language, to: Store = store): void {
  to.setItem(place, language);
}
