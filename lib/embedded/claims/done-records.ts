import type { ClaimRecord } from './claim-record.js';

type DoneRecord = Extract<ClaimRecord, { readonly state: 'done' }>;

/** Ends are rounded down to this, so that jobs done at about the same time share one record. */
const GRAIN_MS = 1_000;
/** Kinds of records that can be shared at a time: of a few consumers, before and after their copies are accounted for. */
const RECENT = 16;

/** Makes the records of jobs that are done. They are nearly all that is kept, so equal ones are one object. */
export class DoneRecords {
  readonly #recent: DoneRecord[] = [];
  #oldest = 0;

  record(attempt: number, token: string, copies: number, gone: number, end: number): DoneRecord {
    const keptUntil = end - (end % GRAIN_MS);
    for (const recent of this.#recent) {
      if (
        recent.keptUntil === keptUntil &&
        recent.gone === gone &&
        recent.copies === copies &&
        recent.attempt === attempt &&
        recent.token === token
      )
        return recent;
    }
    const record: DoneRecord = { state: 'done', attempt, token, copies, gone, keptUntil };
    this.#recent[this.#oldest] = record;
    this.#oldest = (this.#oldest + 1) % RECENT;
    return record;
  }

  /** A record that was made elsewhere, as one of ours. */
  shared(record: ClaimRecord): ClaimRecord {
    if (record.state !== 'done') return record;
    return this.record(record.attempt, record.token, record.copies, record.gone, record.keptUntil);
  }
}
