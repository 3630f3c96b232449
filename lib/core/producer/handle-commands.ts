import type { RevokeVerdict } from '../claims/claim-store.js';
import { DqHandleError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type Handle, parseHandle } from '../wire/handle.js';
import { checkJobId } from '../wire/job-id.js';
import { type DqJobStatus, StatusLook } from './job-status.js';
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
    const { cluster, store, clock } = this.#parts;
    if (typeof job === 'object' && job !== null)
      return new StatusLook(this.#tube, store, cluster, clock).ofId(checkJobId(job.id));
    const { parsed, tube } = this.#read(job);
    return new StatusLook(tube, store, cluster, clock).ofHandle(parsed);
  }

  revoke(handle: string): Promise<RevokeVerdict> {
    const { cluster, store, clock } = this.#parts;
    const { parsed, tube } = this.#read(handle);
    const { finished, verdict } = new Revocation(parsed, tube, cluster, store, clock);
    void this.#writes.during(() => finished);
    return verdict;
  }

  /** @throws DqHandleError */
  #read(handle: string): { readonly parsed: Handle; readonly tube: TubeSettings } {
    const { tubes, cluster } = this.#parts;
    const parsed = parseHandle(
      handle,
      cluster.nodes.map(({ endpoint }) => endpoint),
    );
    const tube = tubes.get(parsed.tube);
    if (tube === undefined) {
      throw new DqHandleError(
        `Expected a handle of a declared tube, got one of ${shown(parsed.tube)}. Add it to tubes.`,
      );
    }
    if (parsed.id === undefined && tube.format === 'native') {
      throw new DqHandleError(
        `Expected a handle that ends in the id of its job, since tube "${tube.name}" is native, got one without. Was its end cut off? ` +
          "For handles of Go's dq declare the tube with format: 'plain'.",
      );
    }
    return { parsed, tube };
  }
}
