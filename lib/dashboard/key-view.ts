import type { DqRuntime } from '../core/runtime.js';
import { atMost } from './in-one-look.js';
import { textIn } from './incoming.js';
import type { KeyView } from './wire.js';

/** What stands under a key. @throws DqHandlerError, DqKeyError, DqClaimStoreError, Refusal */
export async function keyView(runtime: DqRuntime, query: URLSearchParams): Promise<KeyView> {
  const { clock } = runtime.parts;
  const { name: tube } = runtime.requireTube(textIn(query, 'tube'), 'the dashboard');
  const key = textIn(query, 'key');
  const job = await atMost(clock, runtime.producer(tube).find(key), `The key of tube ${tube}`);
  return { at: clock.now(), tube, key, job: job === undefined ? null : { ...job, dueAt: +job.dueAt } };
}
