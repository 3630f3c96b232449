// Who may have the file of an embedded queue: one queue at a time, of whichever process or thread.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, it } from '@jest/globals';
import { DqFileInUseError } from '../../../../lib/core/errors/file.errors.js';
import { describeFile } from '../../../support/describe-file.js';
import { AppsBed } from './apps-bed.js';

const bed = new AppsBed();

const nameHolder = (holder: object): void => writeFileSync(bed.folder.holder, JSON.stringify(holder));

describeFile('a file that another queue has', () => {
  it('is refused, until that one is closed', async () => {
    const first = bed.open();
    await first.producer.delay('x', '1h');
    const second = bed.open();
    expect(() => second.start()).toThrow(DqFileInUseError);
    await expect(second.producer.delay('x', '1h')).rejects.toThrow(
      /embedded not written \(Expected to be the only one/,
    );
    await expect(second.producer.delay('x', '1h', { id: 'own' })).rejects.toMatchObject({
      code: 'DQ_CLAIM_STORE',
      cause: expect.any(DqFileInUseError),
    });
    expect((await second.runtime.inspector.counts('work'))[0]).toMatchObject({ reachable: false });
    await first.close();
    await expect(bed.open().producer.delay('x', '1h')).resolves.toMatch(/^embedded\/work\/2,/);
  });

  it('is refused with whose it is: of this process', async () => {
    await bed.open().producer.delay('x', '1h');
    expect(JSON.parse(readFileSync(bed.folder.holder, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(() => bed.open().start()).toThrow(
      `Expected to be the only one with ${bed.folder.file}, but this process has it open already.`,
    );
  });

  it.each([
    ['another process', { pid: 7, host: 'a', place: '' }, 'process 7 on a'],
    [
      'one in a container, with the same pid',
      { pid: process.pid, host: hostname(), place: 'pid:[1]' },
      `process ${process.pid} on`,
    ],
  ])('is refused with whose it is: of %s', async (_, holder, name) => {
    await bed.open().producer.delay('x', '1h');
    nameHolder(holder);
    expect(() => bed.open().start()).toThrow(`but ${name}`);
  });

  it('is refused, too, where nothing says whose it is', async () => {
    await bed.open().producer.delay('x', '1h');
    rmSync(bed.folder.holder);
    expect(() => bed.open().start()).toThrow('but another process has it.');
  });

  it('is not one beside which a name was left: only the lock of the file counts', async () => {
    nameHolder({ pid: process.ppid, host: hostname(), place: '' });
    await bed.open().producer.delay('x', '1h');
  });
});
