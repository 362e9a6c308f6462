import '../styles/create.css';
import '../styles/words.css';
import { render } from 'preact';
import { follow } from '../live.ts';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';
import { words } from '../words/index.ts';
import { editForm } from './editor.ts';
import { makerOf } from './maker.ts';
import { NewPage } from './NewPage.tsx';

// For the word at the top: whether the server is there to be asked.
follow({
  groups: null,
  transport: reach({ token: tokenIn(null) }),
  read: async () => {},
  event: () => {},
  refused: () => {},
});
const editor = editForm();
document.title = words.frame.title(words.frame.create);
render(<NewPage editor={editor} maker={makerOf(editor)} />, document.body);
