import type { RevokeVerdict } from '../claims/claim-store.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { declaredHandle } from '../inspector/declared-handle.js';
import { type DqJobStatus, lookAtHandle, lookAtId } from '../inspector/job-status.js';
import { Revocation } from './revocation.js';
import type { ProducerParts, Writes } from './writes.js';

/** What may be done with a handle: of any declared tube, whichever producer it is given to. */
export class HandleCommands {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;

  /** @param tube that of the producer, whose ids may be asked for */
  constructor(tube: TubeSettings, parts: ProducerParts, writes: Writes) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = writes;
  }

  status(job: string | { readonly id: string }): Promise<DqJobStatus> {
    const isId = typeof job === 'object' && job !== null;
    return isId ? lookAtId(job.id, this.#tube, this.#parts) : lookAtHandle(job, this.#parts);
  }

  revoke(handle: string): Promise<RevokeVerdict> {
    const { tubes, cluster, store, clock } = this.#parts;
    const { parsed, tube } = declaredHandle(handle, tubes, cluster);
    const { finished, verdict } = new Revocation(parsed, tube, cluster, store, clock);
    void this.#writes.during(() => finished);
    return verdict;
  }
}
