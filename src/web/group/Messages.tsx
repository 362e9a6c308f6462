import { words } from '../words/index.ts';
import type { Said } from './messages.ts';

const say = words.group.messages;

/** What agents said to the group, and who has acknowledged it. Of a message for others only its place is shown. */
export function Messages({ said }: { readonly said: readonly Said[] }) {
  if (said.length === 0) return null;
  return (
    <section class="part" aria-labelledby="messages">
      <h2 id="messages">{say.title}</h2>
      <ul class="notes messages">
        {said.map((one) => (
          <li key={one.offset}>
            <span class="small">{words.count(one.index)}</span>
            {one.message === null ? <p class="small">{say.withheld}</p> : <Message message={one.message} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Message({ message }: { readonly message: NonNullable<Said['message']> }) {
  const { from, text, to, replyTo } = message;
  const about = [
    ...(to === null ? [] : [say.to(to)]),
    ...(replyTo === null ? [] : [say.reply(replyTo)]),
    say.acknowledged(message),
  ].filter((part) => part !== null);
  return (
    <p>
      <b>{from}</b> {text} {about.length > 0 && <small>{about.join(', ')}</small>}
    </p>
  );
}
