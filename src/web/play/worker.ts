import { runSide } from '../../play/run.ts';
import { shrink } from '../../play/shrink.ts';
import { tally } from '../../play/tally.ts';
import type { Answer, Order } from './orders.ts';

/** Runs the playground beside the page, so that the page never waits for it. */

/** Seeds that are run between two reports. */
const slice = 25;

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  const answer = (message: Answer): void => postMessage(message);
  if (data.kind === 'run') {
    const { record } = data;
    answer({
      kind: 'ran',
      record,
      exercise: runSide(record, 'exercise'),
      quorate: runSide(record, 'quorate'),
    });
  } else if (data.kind === 'shrink') answer({ kind: 'shrunk', found: shrink(data.record) });
  else {
    for (let done = 0; done < data.count; done += slice)
      answer({
        kind: 'counted',
        counts: tally(data.record, data.from + done, Math.min(slice, data.count - done)),
      });
  }
});
