import '../styles/play.css';
import '../styles/diagram.css';
import { options, render } from 'preact';
import { identityIn } from '../identity.ts';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';
import { PlayPage } from './PlayPage.tsx';
import { playState } from './play-state.ts';

// However much happens between two frames, the page is drawn once.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

const query = new URLSearchParams(location.search);
const group = query.get('group');
if (group === null) render(<PlayPage state={playState()} />, document.body);
else {
  // Who only plays loads nothing of groups.
  const { HistoryPage } = await import('./HistoryPage.tsx');
  const { watchHistory } = await import('./history-state.ts');
  const transport = reach({ token: tokenIn(group) ?? identityIn(group)?.token ?? null });
  const round = query.get('round') ?? '';
  const to = /^[1-9][0-9]{0,14}$/.test(round) ? Number(round) : null;
  render(<HistoryPage state={watchHistory(group, transport, to)} />, document.body);
}
