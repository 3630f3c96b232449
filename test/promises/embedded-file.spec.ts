// What an embedded queue with a file promises, beside what it promises without one.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeFile } from '../support/describe-file.js';
import { EmbeddedApp, QueueFolder } from '../support/embedded-app.js';

/** Together, more than one application may have on their way. */
const LARGE = 'x'.repeat(60_000);
const MANY = 1_200;

let folder: QueueFolder;

beforeEach(() => {
  folder = new QueueFolder();
});

afterEach(() => folder.remove());

describeFile('a file of an embedded queue', () => {
  it('takes more at once than may be on its way', async () => {
    const app = new EmbeddedApp({ embedded: { file: folder.file } });
    try {
      await Promise.all(Array.from({ length: MANY }, () => app.producer.delay(LARGE, '1h')));
      expect(await app.runtime.inspector.counts('work')).toMatchObject([{ scheduled: MANY }]);
    } finally {
      await app.close();
    }
  }, 90_000);

  it('knows that the job of an own id is done when its claim has gone and the process was started anew', async () => {
    const options = { embedded: { file: folder.file }, doneRetention: '1s' };
    const first = new EmbeddedApp(options).start();
    await first.producer.delay('charge', 0, { id: 'charge-42' });
    await first.runs.next();
    // Told a second after the copy was deleted, and kept for one more.
    await sleep(2_500);
    await first.close();
    const second = new EmbeddedApp(options).start();
    await expect(second.producer.delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'done' });
    expect(second.runs.all).toEqual([]);
    await second.close();
  });
});
