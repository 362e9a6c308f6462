/** Keeps the screen on while the page is seen, where the browser lets it: only in a secure context. */
export function stayAwake(): () => void {
  // Typed as always there; without a secure context it is not.
  const lock = navigator.wakeLock as WakeLock | undefined;
  if (lock === undefined) return () => {};
  let held: WakeLockSentinel | null = null;
  let isOver = false;
  const hold = (): void => {
    if (document.visibilityState === 'hidden') return;
    lock.request('screen').then(
      (sentinel) => {
        held = sentinel;
        if (isOver) void sentinel.release();
      },
      // Refused to save power: then the screen goes dark as for any other page.
      () => {},
    );
  };
  document.addEventListener('visibilitychange', hold);
  hold();
  return () => {
    isOver = true;
    document.removeEventListener('visibilitychange', hold);
    void held?.release();
  };
}
