// A process that speaks words on keys in one file, for embedded-file-keys.spec.ts, until it is killed. It writes what it asks for, and
// what it was answered, line by line into a record that a kill cannot take back.
import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../../lib/core/base/clock.js';
import { slotKey } from '../../lib/core/claims/claim-key.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { embeddedBackend } from '../../lib/embedded/embedded-backend.js';
import { fileBackend } from '../../lib/embedded/file-backend.js';

/** What the process is told first. */
export interface KeySetup {
  readonly file: string;
  readonly record: string;
  /** Begins the ids of its jobs. */
  readonly round: string;
  /** Keeps nothing: what the test would see without a file. */
  readonly forgets: boolean;
}

/** A word on a key, as a line of the record: what stands after it. */
export type KeyWord = readonly [said: 'asked' | 'answered', key: string, id: string, due: string];

const TUBE = 'work';
const KEYS = 20;
const LATER_MS = 3_600_000;

const [setup] = (await once(process, 'message')) as [KeySetup];
const record = openSync(setup.record, 'a');
const tell = (...words: KeyWord): void => void writeSync(record, `${words.join(' ')}\n`);

const options = resolveOptions({ embedded: { file: setup.forgets ? undefined : setup.file }, tubes: [TUBE] });
const { store } = setup.forgets
  ? embeddedBackend(options, systemClock, () => {})
  : fileBackend(setup.file, options, systemClock, () => {});
await store.ping(TUBE);
process.send?.('running');

let calls = 0;
let due = Date.now() + LATER_MS;
async function speak(key: string): Promise<void> {
  const slot = slotKey(TUBE, key);
  const standing = await store.findKey(TUBE, slot);
  const chance = Math.random();
  const dueMs = (due += 1_000);
  const said = async (id: string, word: () => Promise<unknown>): Promise<void> => {
    const after = [key, id, id === '-' ? '-' : String(dueMs)] as const;
    tell('asked', ...after);
    await word();
    tell('answered', ...after);
  };
  if (standing !== undefined && chance < 0.2) return said('-', () => store.cancelKey(TUBE, slot));
  if (standing !== undefined && chance < 0.4) return said(standing.id, () => store.moveKey(TUBE, slot, dueMs));
  const id = `${setup.round}-${++calls}`;
  const call = { slot, id, dueMs, hash: id };
  if (standing !== undefined && chance < 0.6)
    return said(standing.id, () => store.reserveKeys(TUBE, [{ ...call, policy: 'postpone' }]));
  const [reservation] = await store.reserveKeys(TUBE, [{ ...call, policy: 'replace' }]);
  if (reservation?.kind !== 'reserved') throw new Error(`expected a reservation, got ${reservation?.kind}`);
  const reserved = { ...reservation, policy: 'replace', hash: id } as const;
  return said(id, () => store.commitKeys(TUBE, [{ slot, id, dueMs, handle: id, reserved }]));
}
for (let key = 0; key < KEYS; key++) {
  const speakForEver = async (): Promise<never> => {
    for (;;) await speak(`key-${key}`);
  };
  void speakForEver();
}
