import type { HistoryRecord, HistorySettings, Holder, SettleRequest } from '../../core/claims/claim-store.js';

/** Where an outcome is written. */
export interface HistoryLog {
  readonly tube: string;
  readonly history: HistorySettings;
}

/** Of one tube. What stands before `first` has gone. */
interface History {
  readonly records: HistoryRecord[];
  first: number;
}

/** What became of the last attempts of each tube that keeps a history. It ends with the process. */
export class Histories {
  readonly #tubes = new Map<string, History>();
  #written = 0;

  note({ tube, history }: HistoryLog, { token }: Holder, { attempt, entry }: SettleRequest, atMs: number): void {
    if (entry === undefined) return;
    const kept = this.#of(tube);
    const { records } = kept;
    records.push({ ...entry, attempt, token, atMs, place: String(++this.#written) });
    kept.first = Math.max(kept.first, records.length - history.last);
    while ((records[kept.first]?.atMs ?? atMs) < atMs - history.forMs) kept.first++;
    // Not one by one: each time, all others are moved.
    if (kept.first * 10 > records.length) {
      records.splice(0, kept.first);
      kept.first = 0;
    }
  }

  /** The latest first. */
  read(tube: string, limit: number, before = String(Infinity)): readonly HistoryRecord[] {
    const { records, first } = this.#of(tube);
    const older = records.slice(first).filter(({ place }) => Number(place) < Number(before));
    return older.slice(-limit).toReversed();
  }

  #of(tube: string): History {
    let kept = this.#tubes.get(tube);
    if (kept === undefined) this.#tubes.set(tube, (kept = { records: [], first: 0 }));
    return kept;
  }
}
