import { nativeClaimKey } from '../claims/claim-key.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { JobHeader } from '../wire/envelope.js';
import { checkSize } from './drafting.js';
import type { JobDraft } from './job-draft.js';
import { NativeDraft } from './native-draft.js';
import { type ProducerParts, Writes } from './writes.js';

/** An occurrence of a schedule, whose id says which. */
export interface Occurrence {
  readonly id: string;
  readonly dueMs: number;
  /** As the tube's codec has it. */
  readonly payload: string | Buffer;
  readonly header: JobHeader;
}

/**
 * Writes occurrences of schedules into one tube: jobs as others are, whose ids are given. No admission stands before them, and no
 * generation stands in them. So all copies of an occurrence share one claim, whoever wrote them, and however often.
 */
export class OccurrenceWrites {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;

  constructor(tube: TubeSettings, parts: ProducerParts) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = new Writes(tube.name, parts);
  }

  /** @throws DqBodyTooLargeError before anything is written; DqQuorumError */
  async write(occurrence: Occurrence): Promise<string> {
    return this.#writes.write(this.#draft(occurrence));
  }

  /** @throws DqBodyTooLargeError */
  check(occurrence: Occurrence): void {
    this.#draft(occurrence);
  }

  #draft({ id, dueMs, payload, header }: Occurrence): JobDraft {
    const { clock, options } = this.#parts;
    const draft = new NativeDraft({ tube: this.#tube, id, payload, header, clock, isShared: true }, dueMs);
    checkSize(draft, options);
    return draft;
  }

  /** The key of an occurrence's claim. */
  keyOf(id: string): string {
    return nativeClaimKey(this.#tube.name, id);
  }

  idle(): Promise<void> {
    return this.#writes.idle();
  }
}
