import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from '@jest/globals';

/** How many of each kind of resource keep the event loop alive: sockets, listeners, timers, child processes. */
export type Census = ReadonlyMap<string, number>;

export function countResources(): Census {
  const census = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) census.set(kind, (census.get(kind) ?? 0) + 1);
  return census;
}

/**
 * Waits until nothing is open that was not open `before`. Both counts have to be taken inside a test or a hook, since Jest
 * keeps a timer of its own while one runs. What exists once per process, such as the DNS resolver, counts as a leak the
 * first time only: warm it up before `before`.
 */
export async function expectNoLeaks(before: Census, { timeout = 5000 }: { timeout?: number } = {}): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const leaks = [...countResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
    if (leaks.length === 0) return;
    if (performance.now() > deadline) {
      const list = leaks.map(([kind, count]) => `${kind} ${before.get(kind) ?? 0} -> ${count}`).join(', ');
      throw new Error(`still open ${timeout} ms later: ${list}`);
    }
    await sleep(10);
  }
}

/** Fails each test that leaves something open. Called after the hooks that close what the tests opened: Jest keeps that order. */
export function failOnLeaks(): void {
  let before: Census;
  beforeEach(() => {
    before = countResources();
  });
  afterEach(() => expectNoLeaks(before));
}
