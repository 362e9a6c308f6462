import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/frame.css';
import type { ComponentChildren } from 'preact';
import { placeOf } from '../place.ts';
import { forgetToken, tokenIn } from '../token.ts';
import { language, words } from '../words/index.ts';
import { chooseLanguage, type Language, languages } from '../words/language.ts';
import { Contact } from './Contact.tsx';

// Before anything is drawn, so that nothing is read out in the wrong language.
document.documentElement.lang = language;

const languageNames = Object.entries(languages) as [Language, string][];

interface PageProps {
  /** Of `main`. */
  readonly class?: string;
  /** Which of the pages in the bar this is. */
  readonly here?: 'groups' | 'play' | 'cluster';
  /** Whether it follows a server. */
  readonly hasContact?: boolean;
  readonly children: ComponentChildren;
  /** What stands below the page, such as the dock of a vote. */
  readonly foot?: ComponentChildren;
}

/** The frame of each page: where one is, where one can go, whether there is contact. */
export function Page({ class: name, here, hasContact = true, children, foot }: PageProps) {
  const { base, group } = placeOf(location.pathname);
  return (
    <>
      <a class="skip" href="#main">
        {words.frame.skip}
      </a>
      <header class="top">
        <a class="brand" href={base}>
          <Brand />
          Quorate
        </a>
        <nav aria-label={words.frame.pages}>
          <a href={base} aria-current={here === 'groups' ? 'page' : undefined}>
            {words.frame.groups}
          </a>
          <a href={`${base}play`} aria-current={here === 'play' ? 'page' : undefined}>
            {words.frame.play}
          </a>
          <a href={`${base}cluster`} aria-current={here === 'cluster' ? 'page' : undefined}>
            {words.frame.cluster}
          </a>
        </nav>
        {hasContact && <Contact />}
      </header>
      <main id="main" class={name}>
        {children}
        {tokenIn(group) !== null && <TokenInUse group={group} />}
      </main>
      {foot}
      <footer class="pagefoot">
        <Languages />
        <a href={`${base}docs`}>{words.frame.docs}</a>
      </footer>
    </>
  );
}

/** That this page sends a token, and the way to have it forgotten. */
function TokenInUse({ group }: { readonly group: string | null }) {
  const forget = (): void => {
    forgetToken(group);
    // What only its holder may see is shown no longer.
    location.reload();
  };
  return (
    <p class="small">
      {words.token.inUse}{' '}
      <button class="button plain" type="button" onClick={forget}>
        {words.token.forget}
      </button>
    </p>
  );
}

/** The other languages of the pages, each by its own name. */
function Languages() {
  const choose = (one: Language): void => {
    chooseLanguage(one);
    location.reload();
  };
  return (
    <>
      {languageNames
        .filter(([one]) => one !== language)
        .map(([one, name]) => (
          <button key={one} class="link" type="button" lang={one} onClick={() => choose(one)}>
            {name}
          </button>
        ))}
    </>
  );
}

function Brand() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path class="bars" d="M1 3h4.6v15H1zM7.7 3h4.6v15H7.7zM14.4 11.4H19V18h-4.6z" />
      <path class="line" d="M0 7.2h20v2H0z" />
    </svg>
  );
}
