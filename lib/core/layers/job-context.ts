import { AsyncLocalStorage } from 'node:async_hooks';
import type { DqJob } from '../consumer/dq-job.js';
import type { DqLayerHost } from './layer.js';

/** Made when it is first asked for: on Node 20 and 22 the first one of a process makes every promise dearer. */
let storage: AsyncLocalStorage<DqJob> | undefined;

/**
 * The job whose handler is running: anywhere below the handler, its guards and the layers behind this one, without passing it on. Undefined
 * elsewhere, and unless `context: true` is among the options of `DqModule`.
 */
export function currentDqJob(): DqJob | undefined {
  return storage?.getStore();
}

/** The layer of `context: true`. */
export class JobContext implements DqLayerHost {
  readonly #storage = (storage ??= new AsyncLocalStorage<DqJob>());

  job(job: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    return this.#storage.run(job, next);
  }
}
