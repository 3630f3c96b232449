// What an embedded queue does when the disk of its file refuses, loses or hangs, or the thread that writes it ends.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { DqClaimStoreError } from '../../../../lib/core/errors/connection.errors.js';
import { DqFileError } from '../../../../lib/core/errors/file.errors.js';
import { DqQuorumError } from '../../../../lib/core/errors/quorum.error.js';
import { describeFile } from '../../../support/describe-file.js';
import { standStill, until } from '../../../support/wait.js';
import { DiskBed, refusal, says } from './disk-bed.js';

const bed = new DiskBed();

describeFile.each(['full', 'write fails'] as const)('a disk whose answer is: %s', (how) => {
  it('rejects the calls that it concerns, keeps nothing of them, and all goes on when the disk does', async () => {
    await bed.app.producer.delay('x', '1h', { id: 'kept' });
    bed.disk.fail(how);
    const error = await refusal(bed.app.producer.delay('x', '1h'));
    expect(error).toBeInstanceOf(DqQuorumError);
    expect(error).toMatchObject({ fate: 'withdrawn', nodes: [{ outcome: 'refused', code: 'DQ_FILE' }] });
    const { message } = error as Error;
    expect(message).toContain(
      `told to fail: ${how}. Nothing is scheduled or started until it does: free space, or see to`,
    );
    expect(message.endsWith('No node has the job, so it will not run.')).toBe(true);
    expect(bed.app.eventsOf('file-lost')).toHaveLength(1);

    const own = await refusal(bed.app.producer.delay('x', '1h', { id: 'refused' }));
    expect(own).toBeInstanceOf(DqClaimStoreError);
    expect((own as Error).cause).toBeInstanceOf(DqFileError);

    bed.disk.heal();
    await bed.scheduled('later');
    expect(bed.app.eventsOf('file-back')).toHaveLength(1);
    expect(await bed.found()).toEqual(['kept', 'later']);
  });
});

describeFile('an fsync that fails', () => {
  it('leaves the fate of a job unknown to its caller, and the job itself is taken out again', async () => {
    await bed.app.producer.delay('x', '1h', { id: 'kept' });
    bed.disk.fail('sync fails');
    const error = await refusal(bed.app.producer.delay('x', '1h'));
    expect(error).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown', nodes: [{ outcome: 'unknown' }] });
    bed.disk.heal();
    await bed.scheduled('later');
    expect(bed.app.eventsOf('file-back')).toHaveLength(1);
    expect(await bed.found()).toEqual(['kept', 'later']);
  });
});

describeFile('a disk that hangs', () => {
  it('lets no call wait for ever', async () => {
    await bed.app.producer.delay('x', '1h', { id: 'kept' });
    bed.disk.hang();
    expect(await refusal(bed.app.producer.delay('x', '1h'))).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
    expect(await refusal(bed.app.producer.delay('x', '1h', { id: 'later' }))).toMatchObject({ code: 'DQ_QUORUM' });
    bed.disk.heal();
  });
});

describeFile('an event loop that stood still for longer than the deadline', () => {
  it('is not taken for a disk that hangs, whatever was under way', async () => {
    bed.app.start();
    await bed.app.producer.delay('x', '1h');
    const first = bed.app.producer.delay('x', '1h');
    standStill(2_300);
    expect(await first).toMatch(/^embedded\//);
    const second = bed.app.producer.delay('x', '1h', { id: 'kept' });
    await nextTurn();
    standStill(2_300);
    expect(await second).toMatch(/^embedded\//);
    expect(bed.app.eventsOf('node-lost')).toEqual([]);
    expect(bed.app.eventsOf('quorum-failed')).toEqual([]);
  });
});

describeFile('jobs that run while the disk refuses', () => {
  it('are settled when it is back, once', async () => {
    const gate = await bed.running();
    bed.disk.fail('full');
    gate.open();
    await until(() => bed.app.eventsOf('file-lost').length > 0);
    bed.disk.heal();
    await bed.settledOnce();
  });

  it('are not begun', async () => {
    bed.app.start();
    await bed.app.producer.delay('x', 300);
    bed.disk.fail('full');
    await until(() => bed.app.eventsOf('file-lost').length > 0);
    bed.disk.heal();
    await bed.app.runs.next();
    expect(bed.app.eventsOf('file-back')).toHaveLength(1);
  });
});

describeFile('a thread that ends although nobody asked it to', () => {
  it('is a loss that is told once; calls are rejected, another one is started, and nothing is lost or doubled', async () => {
    await bed.app.producer.delay('x', '1h', { id: 'kept' });
    bed.disk.hang();
    const underWay = refusal(bed.app.producer.delay('x', '1h'));
    await until(() => bed.disk.hung > 0);
    await bed.disk.crash();
    expect(await underWay).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
    bed.disk.heal();
    await bed.scheduled('later');
    expect(bed.disk.workers).toHaveLength(2);
    expect(bed.app.eventsOf('file-lost')).toEqual([
      { type: 'file-lost', file: bed.folder.file, reason: 'the thread that writes it ended.' },
    ]);
    expect(bed.app.eventsOf('file-back')).toHaveLength(1);
    expect(await bed.found()).toEqual(['kept', 'later']);
  });

  it('loses no outcome that was not written yet', async () => {
    const gate = await bed.running();
    bed.disk.hang();
    gate.open();
    await bed.hung(says('done'));
    await bed.disk.crash();
    bed.disk.heal();
    await bed.settledOnce();
  });
});

describeFile('closing', () => {
  it('waits for what is under way, and writes what came behind it', async () => {
    await bed.app.producer.delay('x', '1h', { id: 'kept' });
    bed.disk.hang();
    const scheduling = bed.app.producer.delay('x', '1h', { id: 'later' });
    await until(() => bed.disk.hung > 0);
    let closed = false;
    const closing = bed.app.close().then(() => (closed = true));
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(closed).toBe(false);
    bed.disk.heal();
    await scheduling;
    await closing;
    expect(await bed.found()).toEqual(['kept', 'later']);
  });

  it('ends, too, while the disk refuses', async () => {
    await bed.app.producer.delay('x', '1h', { id: 'kept' });
    bed.disk.fail('full');
    await refusal(bed.app.producer.delay('x', '1h'));
    await bed.app.close();
    expect(await bed.found()).toEqual(['kept']);
  });
});
