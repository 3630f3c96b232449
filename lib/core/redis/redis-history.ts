import { historyKey } from '../claims/claim-key.js';
import type {
  HistoryEntry,
  HistoryOutcome,
  HistoryRecord,
  HistorySettings,
  SettleRequest,
} from '../claims/claim-store.js';
import type { RedisConnection } from './redis-connection.js';

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

/** The records that were written last, the latest first. */
export async function readHistory(
  connection: RedisConnection,
  tube: string,
  limit: number,
  before?: string,
): Promise<readonly HistoryRecord[]> {
  const newest = before === undefined ? '+' : `(${before}`;
  const entries = await connection.call('a look at a history', () =>
    connection.client.xrevrange(historyKey(tube), newest, '-', 'COUNT', limit),
  );
  const records = entries.flatMap(([place, [, text = '']]) => readRecord(place, text) ?? []);
  const last = entries.at(-1)?.[0];
  // Nothing here is understood, but older entries may be.
  return records.length > 0 || last === undefined ? records : readHistory(connection, tube, limit, last);
}

/** Undefined for what is not understood, as a later release may write it. */
function readRecord(place: string, text: string): HistoryRecord | undefined {
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
