import type { DqHistoryEntry, DqHistoryFilter } from '../core/inspector/history.js';
import type { DqRuntime } from '../core/runtime.js';
import { atMost } from './in-one-look.js';
import { wholeIn } from './incoming.js';
import type { HistoryRow, HistoryView } from './wire.js';

const USUAL_ENTRIES = 100;
const MOST_ENTRIES = 1_000;

/** The last attempts of a tube that keeps a history, of all processes. @throws DqHandlerError, DqOptionsError, DqClaimStoreError, Refusal */
export async function historyView(runtime: DqRuntime, tube: string, query: URLSearchParams): Promise<HistoryView> {
  const { clock } = runtime.parts;
  const limit = wholeIn(query.get('limit'), 'limit', 1, MOST_ENTRIES) ?? USUAL_ENTRIES;
  const id = query.get('id') ?? '';
  const outcome = query.get('outcome') ?? '';
  const filter: DqHistoryFilter = {
    limit,
    ...(id === '' ? undefined : { id }),
    // What is none of them is refused by name.
    ...(outcome === '' ? undefined : { outcome: outcome as DqHistoryEntry['outcome'] }),
  };
  const entries = await atMost(clock, runtime.inspector.history(tube, filter), `The history of tube ${tube}`);
  return { at: clock.now(), tube, entries: entries.map(historyRow) };
}

export function historyRow({ at, error, ...rest }: DqHistoryEntry): HistoryRow {
  return { at: +at, error: error ?? null, ...rest };
}
