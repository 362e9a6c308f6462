/** How long a phone shakes when the round closes in which its person voted, ms. */
const buzzMs = 30;

/** One short shake, where the device can, the person has touched the page, looks at it, and wants motion. */
export function buzz(): void {
  const wantsStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (wantsStill || document.visibilityState === 'hidden' || !navigator.userActivation?.hasBeenActive) return;
  navigator.vibrate?.(buzzMs);
}
