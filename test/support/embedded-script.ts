// A process that lives on one file, for embedded-file.spec.ts: it schedules, runs and revokes without end, is killed at any
// moment, and writes what it knows for certain line by line into a record that a kill cannot take back.
import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { replace } from '../../harness/replace.js';
import type { ClaimStore } from '../../lib/core/claims/claim-store.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime, type RuntimeParts } from '../../lib/core/runtime.js';
import { fileBackend } from '../../lib/embedded/file-backend.js';
import { embeddedBackend } from '../../lib/embedded/embedded-backend.js';

/** What the process is told first. */
export interface EmbeddedSetup {
  readonly file: string;
  readonly record: string;
  /** Begins the names of its jobs. */
  readonly round: string;
  /** It schedules nothing, and only runs what there is. */
  readonly quiet: boolean;
  /** Keeps nothing: what the test would see without a file. */
  readonly forgets?: boolean;
}

const [setup] = (await once(process, 'message')) as [EmbeddedSetup];
const record = openSync(setup.record, 'a');
const tell = (...words: readonly (string | number)[]): void => void writeSync(record, `${words.join(' ')}\n`);

/** Tells of an outcome once the store has said that it is kept. */
function watched(store: ClaimStore): ClaimStore {
  const settle: ClaimStore['settle'] = async (tube, holder, requests) => {
    const results = await store.settle(tube, holder, requests);
    requests.forEach(({ key, outcome }, at) => {
      if (results[at] === true && outcome.kind === 'done') tell('settled', nameIn(key));
    });
    return results;
  };
  return replace(store, { settle });
}

/** The job's own id stands in the key of its claim. */
const nameIn = (key: string): string => /:([^:#]+)(#|$)/.exec(key)?.[1] ?? key;

const parts: RuntimeParts = {
  backend: (options, clock, report) => {
    const backend =
      setup.forgets === true
        ? embeddedBackend({ ...options, embedded: { file: undefined } }, clock, report)
        : fileBackend(setup.file, options, clock, report);
    return { ...backend, store: watched(backend.store) };
  },
  report: (event) => {
    if (event.type === 'file-lost') tell('event', event.reason.replaceAll(' ', '_'));
    if (event.type === 'job-dead') tell('dead', event.id);
  },
};
const options = resolveOptions({ embedded: { file: setup.file }, tubes: ['work'] });
const runtime = new DqRuntime(options, parts);
const producer = runtime.producer<string>('work');

runtime.handle(
  'work',
  async (_, job) => {
    tell('start', job.id, job.attempt);
    if (job.id.endsWith('f') && job.attempt === 1) throw new Error('as it was told');
    await sleep(Math.random() * 10);
    tell('end', job.id, job.attempt);
  },
  { concurrency: 5, attempts: 100, backoff: { type: 'fixed', delay: 30 } },
);
runtime.start();
process.send?.('running');

const stopping = new AbortController();
if (setup.quiet) stopping.abort();
let count = 0;
async function scheduleForEver(): Promise<void> {
  while (!stopping.signal.aborted) {
    const id = `${setup.round}-${++count}${count % 7 === 0 ? 'f' : ''}`;
    const handle = await producer.delay('x', Math.floor(Math.random() * 400), { id });
    tell('kept', id);
    if (Number(id.split('-')[1]?.replace('f', '')) % 11 === 0) {
      // A kill may come when it is revoked and nobody was told.
      tell('revoking', id);
      if ((await producer.revoke(handle)) === 'revoked') tell('revoked', id);
    }
    await sleep(Math.random() * 5);
  }
}
const schedulers = [1, 2, 3, 4].map(() => scheduleForEver());

process.on('message', () => {
  stopping.abort();
  void Promise.all(schedulers)
    .then(() => runtime.close())
    .then(() => process.disconnect());
});
