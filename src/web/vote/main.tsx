import '../styles/seats.css';
import '../styles/head.css';
import '../styles/tally.css';
import '../styles/vote.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { placeOf } from '../place.ts';
import { words } from '../words/index.ts';
import { readLink } from './link.ts';
import { VotePage } from './VotePage.tsx';
import { voterOf } from './voter.ts';

const name = placeOf(location.pathname).group ?? '';
const link = readLink(new URL(location.href));
const voter = voterOf(name, link);
effect(() => {
  const title = voter.details.value?.title ?? name;
  document.title = words.frame.title(words.vote.title(title));
});
render(<VotePage voter={voter} link={link} />, document.body);
