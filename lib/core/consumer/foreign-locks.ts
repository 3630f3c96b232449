import type { Report } from '../base/events.js';

/** Tells once that Go consumers of dq read this tube too: a job of it had a lock that this package did not write. */
export class ForeignLocks {
  #told = false;

  constructor(
    readonly tube: string,
    readonly report: Report,
  ) {}

  met(): void {
    if (this.#told) return;
    this.#told = true;
    this.report({ type: 'go-consumer-seen', tube: this.tube });
  }
}
