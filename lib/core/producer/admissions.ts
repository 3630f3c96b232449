import { Batch } from '../base/batch.js';
import type { Admission, AdmitRequest, ClaimStore, ConcludeRequest } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';

interface Asked extends AdmitRequest {
  readonly resolve: (admission: Admission) => void;
  readonly reject: (error: unknown) => void;
}

interface Concluded extends ConcludeRequest {
  readonly resolve: (concluded: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The admissions of caller's own ids to one tube, many in one round trip. */
export class Admissions {
  readonly #asked: Batch<Asked, Admission>;
  readonly #concluded: Batch<Concluded, boolean>;

  constructor(tube: string, store: ClaimStore, clock: Clock) {
    this.#asked = new Batch(
      (requests) => store.admit(tube, requests),
      ({ resolve, reject }, admission, error) => (admission === undefined ? reject(error) : resolve(admission)),
      clock,
      1,
    );
    this.#concluded = new Batch(
      (requests) => store.conclude(tube, requests),
      ({ resolve, reject }, concluded, error) => (concluded === undefined ? reject(error) : resolve(concluded)),
      clock,
      1,
    );
  }

  admit(request: AdmitRequest): Promise<Admission> {
    return new Promise((resolve, reject) => {
      this.#asked.add({ ...request, resolve, reject });
    });
  }

  /** Resolves to false when the admission is another call's by now. */
  conclude(request: AdmitRequest, written: boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#concluded.add({ ...request, written, resolve, reject });
    });
  }
}
