import { Batch } from '../claims/batch.js';
import type { Admission, AdmitRequest, ClaimStore, ConcludeRequest } from '../claims/claim-store.js';
import type { Clock } from '../clock.js';

interface Asked extends AdmitRequest {
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

interface Concluded extends ConcludeRequest {
  readonly onTold: () => void;
}

/** The admissions of caller's own ids to one tube, many in one round trip. */
export class Admissions {
  readonly #asked: Batch<Asked, Admission>;
  readonly #concluded: Batch<Concluded, true>;

  constructor(tube: string, store: ClaimStore, clock: Clock) {
    this.#asked = new Batch(
      (requests) => store.admit(tube, requests),
      ({ resolve, reject }, admission, error) => (admission === undefined ? reject(error) : resolve(admission)),
      1,
      clock,
    );
    this.#concluded = new Batch(
      async (requests) => {
        await store.conclude(tube, requests);
        return requests.map(() => true);
      },
      // Not told: the admission stays pending, and the next to ask finds out what became of the job.
      ({ onTold }) => onTold(),
      1,
      clock,
    );
  }

  admit(request: AdmitRequest): Promise<Admission> {
    return new Promise((resolve, reject) => {
      this.#asked.add({ ...request, resolve, reject });
    });
  }

  /** Resolves when the claim store has heard, or did not answer. */
  conclude(request: AdmitRequest, written: boolean): Promise<void> {
    const { key, generation } = request;
    return new Promise((resolve) => {
      this.#concluded.add({ key, generation, written, onTold: resolve });
    });
  }
}
