/** The least time between the beginnings of two reads, ms. */
const leastMs = 250;

/**
 * Gives a call that reads something anew: at once, or, when it was read just now or is being read, a little later; so that many changes
 * cost few reads. What fails is read at the next change, or when there is contact again.
 */
export function refresher(read: () => Promise<void>): () => void {
  let isAsked = false;
  let isBusy = false;
  const run = async (): Promise<void> => {
    isBusy = true;
    while (isAsked) {
      isAsked = false;
      const rest = new Promise((resolve) => setTimeout(resolve, leastMs));
      await read().catch(() => {});
      await rest;
    }
    isBusy = false;
  };
  return () => {
    isAsked = true;
    if (!isBusy) void run();
  };
}
