import '../styles/seats.css';
import '../styles/head.css';
import '../styles/figures.css';
import '../styles/tally.css';
import '../styles/group.css';
import '../styles/words.css';
import { options, render } from 'preact';
import { identityIn } from '../identity.ts';
import { placeOf } from '../place.ts';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';
import { GroupPage } from './GroupPage.tsx';
import { watchPage } from './page-state.ts';
import { roundIn } from './stepping.ts';

// However much happens between two frames, the page is drawn once.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

const isWall = new URLSearchParams(location.search).get('view') === 'wall';
const name = placeOf(location.pathname).group ?? '';
const transport = reach({ token: tokenIn(name) ?? identityIn(name)?.token ?? null });
const state = watchPage(name, transport, isWall ? null : roundIn(location.search));
if (isWall)
  // Most who come here never open it.
  void import('./Wall.tsx').then(({ Wall }) => render(<Wall state={state} />, document.body));
else render(<GroupPage state={state} />, document.body);
