import type { ClaimStore, HistoryOutcome, HistoryRecord } from '../claims/claim-store.js';
import { DqOptionsError } from '../errors/argument.errors.js';
import { knownKeys, unfit, wholeNumber } from '../options/option-checks.js';
import type { TubeSettings } from '../options/resolved-options.js';

/** One attempt that ended. */
export interface DqHistoryEntry {
  /** When its outcome was written, by the clock of Redis. */
  readonly at: Date;
  readonly id: string;
  readonly attempt: number;
  /**
   * `skipped`: it came later than `expires` allows, and was not run. `retrying`: it failed, and is to run again. `again`: `DqAgain`. `superseded`: one of the
   * two, and it does not run again, since its `key` went to another job, or was cancelled, meanwhile.
   */
  readonly outcome: HistoryOutcome;
  /** From its due time to its start. */
  readonly lateMs: number;
  readonly tookMs: number;
  /** The consumer that ran it: another word in each process and tube. */
  readonly consumer: string;
  /** The first line of what it failed with, at most 500 characters. */
  readonly error: string | undefined;
}

/** Which entries of a history. */
export interface DqHistoryFilter {
  /** Of one job. */
  readonly id?: string | undefined;
  readonly outcome?: HistoryOutcome | undefined;
  /** Not older. */
  readonly since?: Date | undefined;
  /** From 1 to 100,000. @default 100 */
  readonly limit?: number | undefined;
}

const FILTERS: ReadonlySet<string> = new Set(['id', 'outcome', 'since', 'limit']);
const OUTCOMES: readonly HistoryOutcome[] = ['done', 'skipped', 'retrying', 'again', 'dead', 'superseded'];
const MOST_ENTRIES = 100_000;
const USUAL_ENTRIES = 100;
/** Of one trip. */
const PAGE = 1_000;

/** @throws DqOptionsError, DqClaimStoreError */
export async function readHistory(
  { name, history }: TubeSettings,
  store: ClaimStore,
  filter: DqHistoryFilter,
): Promise<readonly DqHistoryEntry[]> {
  if (history === undefined) {
    throw new DqOptionsError(`Expected a tube that keeps a history, got "${name}". Give it history: { last: 10_000 }.`);
  }
  const { id, outcome, since, limit = USUAL_ENTRIES } = checked(filter);
  const found: DqHistoryEntry[] = [];
  let before: string | undefined;
  for (let looked = 0; looked < history.last; looked += PAGE) {
    const page = await store.history(name, Math.min(PAGE, history.last - looked), before);
    for (const record of page) {
      if (since !== undefined && record.atMs < +since) return found;
      if ((id ?? record.id) !== record.id || (outcome ?? record.outcome) !== record.outcome) continue;
      if (found.push(entryOf(record)) === limit) return found;
    }
    before = page.at(-1)?.place;
    if (before === undefined) break;
  }
  return found;
}

function checked(filter: DqHistoryFilter): DqHistoryFilter {
  knownKeys(filter, 'the filter of a history', FILTERS);
  const { outcome, since, limit = USUAL_ENTRIES } = filter;
  wholeNumber(limit, 'limit', 1, MOST_ENTRIES);
  if (outcome !== undefined && !OUTCOMES.includes(outcome))
    throw unfit('outcome', `one of ${OUTCOMES.join(', ')}`, outcome);
  if (since !== undefined && !(since instanceof Date && Number.isFinite(+since)))
    throw unfit('since', 'a valid Date', since);
  return filter;
}

function entryOf({ atMs, id, attempt, outcome, lateMs, tookMs, token, error }: HistoryRecord): DqHistoryEntry {
  const at = new Date(atMs);
  return { at, id, attempt, outcome, lateMs, tookMs, consumer: token, error: error === '' ? undefined : error };
}
