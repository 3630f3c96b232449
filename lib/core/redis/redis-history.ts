import type {
  HistoryEntry,
  HistoryOutcome,
  HistoryRecord,
  HistorySettings,
  SettleRequest,
} from '../claims/claim-store.js';

// What is written of an attempt into a tube's stream: `<attempt> <token> <outcome> <late> <took> <id> <error>`. The stream's own id tells when.

const RECORD = /^(\d+) (\S+) (\w+) (-?\d+) (\d+) (\S+) (.*)$/s;

/** The last arguments of a settlement: how much is kept, what is written of each, and how many those are. */
export function logArguments(
  { last, forMs }: HistorySettings,
  requests: readonly SettleRequest[],
): readonly (string | number)[] {
  return [last, forMs, ...requests.map(({ entry }) => (entry === undefined ? '' : textOf(entry))), requests.length];
}

function textOf({ outcome, lateMs, tookMs, id, error }: HistoryEntry): string {
  return `${outcome} ${Math.round(lateMs)} ${Math.round(tookMs)} ${id} ${error}`;
}

/** Undefined for what is not understood, as a later release may write it. */
export function readRecord(place: string, text: string): HistoryRecord | undefined {
  const [, attempt, token, outcome, lateMs, tookMs, id, error] = RECORD.exec(text) ?? [];
  if (id === undefined || token === undefined || error === undefined) return undefined;
  return {
    place,
    atMs: Number.parseInt(place, 10),
    attempt: Number(attempt),
    token,
    outcome: outcome as HistoryOutcome,
    lateMs: Number(lateMs),
    tookMs: Number(tookMs),
    id,
    error,
  };
}
