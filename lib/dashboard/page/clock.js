import { Store, useStore } from './store.js';

/** How much the server's clock is ahead of the browser's, in milliseconds. "In 5 min" is reckoned by the server's. */
let ahead = 0;

/** The time by the server's clock, anew each second while the tab is visible. */
const now = new Store(Date.now());

function tick() {
  if (document.visibilityState === 'visible') now.value = serverNow();
}

setInterval(tick, 1_000);
document.addEventListener('visibilitychange', tick);

/** @param {number} at */
export function noteServerTime(at) {
  // An answer is younger than a second: less is its way here, not the clock.
  const seen = at - Date.now();
  ahead = Math.abs(seen) < 1_000 ? 0 : seen;
}

export function serverNow() {
  return Date.now() + ahead;
}

/** Changes each second. */
export function useNow() {
  return useStore(now);
}
