import { contact, index } from '../live.ts';
import { words } from '../words/index.ts';

/** Whether the server answers: always in the same place, always a word. */
export function Contact() {
  const { state, since } = contact.value;
  if (state === 'lost')
    return (
      <p class="contact lost" role="status">
        {words.contact.lost(new Date(since))}
      </p>
    );
  if (state === 'beginning') return <p class="contact">{words.contact.beginning}</p>;
  return (
    <p class="contact">
      {words.contact.live}
      {index.value > 0 && <span class="index">{words.contact.index(index.value)}</span>}
    </p>
  );
}
