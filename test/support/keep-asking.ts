import type { ClaimStore } from '../../lib/core/claims/claim-store.js';

/** Asks stores now, and every second from then on, as a consumer does that waits for something. */
export function keepAsking(tube: string, stores: readonly ClaimStore[]): { stop(): void } {
  const ask = (): void => stores.forEach((store) => void store.ping(tube).catch(() => undefined));
  ask();
  const asking = setInterval(ask, 1_000);
  return { stop: () => clearInterval(asking) };
}
