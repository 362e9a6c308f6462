import '../styles/seats.css';
import '../styles/head.css';
import '../styles/overview.css';
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';
import { words } from '../words/index.ts';
import { allGroups } from './groups.ts';
import { mySeats } from './my-seats.ts';
import { Overview } from './Overview.tsx';
import { type Show, shows } from './rows.ts';

const asked = new URLSearchParams(location.search);
const search = signal(asked.get('q') ?? '');
const show = signal<Show>(shows.find((one) => one === asked.get('show')) ?? 'all');

// What is looked for stands in the address, so that it can be given on and survives a reload.
effect(() => {
  const query = new URLSearchParams();
  if (search.value !== '') query.set('q', search.value);
  if (show.value !== 'all') query.set('show', show.value);
  history.replaceState(null, '', query.size === 0 ? location.pathname : `?${query}`);
});

const { seatIn, forget } = mySeats();
// Another tab has taken a seat, or voted; or this page comes back after its reader has.
addEventListener('storage', forget);
addEventListener('pageshow', forget);

document.title = words.frame.title(words.overview.title);
render(
  <Overview
    groups={allGroups(reach({ token: tokenIn(null) }))}
    seatIn={seatIn}
    search={search}
    show={show}
  />,
  document.body,
);
