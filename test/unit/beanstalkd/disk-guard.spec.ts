// What needs a node's log is sent only where its disk writes. A stub's connection has the guard that one to beanstalkd has.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeConnection, OnReply } from '../../../lib/core/cluster/node-connection.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubNode } from '../../support/stub-node.js';

const PROBE = 1_000;

let clock: ManualClock;
let node: StubNode;
let connection: NodeConnection;
let full: boolean;
let replies: unknown[];

const noted: OnReply = (reply) => void replies.push(reply.kind === 'LOST' ? [reply.kind, reply.sent] : reply);
/** Without what concerns probes. */
const told = (): string[] =>
  node.commands
    .filter(({ name, args: [job] }) => name !== 'put' && !name.startsWith('peek') && job !== PROBE)
    .map(({ name, args }) => `${name} ${args.join(' ')}`);

beforeEach(() => {
  clock = new ManualClock();
  full = false;
  replies = [];
  node = new StubNode('a:1', clock, (command) => {
    if (command.put !== undefined) return full ? { kind: 'OUT_OF_MEMORY' } : { kind: 'INSERTED', id: PROBE };
    if (command.name === 'release') return { kind: 'RELEASED' };
    return command.name === 'bury' ? { kind: 'BURIED', id: undefined } : node.obey(command);
  });
  connection = node.dial({ onAnswering: () => {}, onClosed: () => {} });
});

/** Lets the next one wait for an answer: one probe has gone just now. */
async function probed(): Promise<void> {
  connection.release(1, 0, 9, () => {});
  await clock.settle();
  node.commands.length = 0;
}

describe('on a full disk', () => {
  it.each([
    ['a release with a delay', (done: OnReply) => connection.release(7, 5, 9, done)],
    ['a bury', (done: OnReply) => connection.bury(7, 5, done)],
  ])('%s is answered OUT_OF_MEMORY, and nothing was sent', async (_what, act) => {
    full = true;
    act(noted);
    await clock.settle();
    expect([replies, told()]).toEqual([[{ kind: 'OUT_OF_MEMORY', sent: false }], []]);
  });

  it('a release without a delay is sent at once: it needs no log', async () => {
    full = true;
    connection.release(7, 5, 0, noted);
    await clock.settle();
    expect([replies, told(), node.puts]).toEqual([[{ kind: 'RELEASED' }], ['release 7 5 0'], []]);
  });

  it('there are no acts that may follow', async () => {
    full = true;
    connection.keeps(100, (acts) => replies.push(acts));
    await clock.settle();
    expect(replies).toEqual([0]);
  });
});

describe('on a disk with room', () => {
  it('both are sent as they are (control)', async () => {
    connection.release(7, 5, 9, noted);
    connection.bury(8, 5, noted);
    await clock.advance(20);
    expect(told().slice(0, 2)).toEqual(['release 7 5 9', 'bury 8 5']);
    expect(replies).toEqual([{ kind: 'RELEASED' }, { kind: 'BURIED', id: undefined }]);
  });

  it('one answer is for 64 of those that are asked for, until they are given back', async () => {
    connection.keeps(100, (acts) => replies.push(acts));
    await clock.settle();
    const probes = node.puts.length;
    connection.bury(7, 5, noted);
    expect(told().at(-1)).toEqual('bury 7 5');
    connection.keeps(0, () => {});
    full = true;
    await clock.advance(20);
    connection.bury(8, 5, noted);
    await clock.settle();
    expect(replies).toEqual([64, { kind: 'BURIED', id: undefined }, { kind: 'OUT_OF_MEMORY', sent: false }]);
    expect(node.puts).toHaveLength(probes + 1);
  });
});

describe('while an act waits for an answer', () => {
  beforeEach(probed);

  it('a delete of its job comes instead of it', async () => {
    connection.release(7, 5, 9, noted);
    connection.delete(7, noted);
    await clock.advance(20);
    expect(told()).toEqual(['delete 7']);
    expect(replies).toEqual([{ kind: 'NOT_FOUND' }, { kind: 'DELETED' }]);
  });

  it.each([
    ['release', () => connection.release(7, 5, 9, noted)],
    ['bury', () => connection.bury(7, 5, noted)],
  ])('a kick of its job makes that ready, which a %s behind it would not', async (_what, act) => {
    act();
    connection.kickJob(7, () => {});
    await clock.advance(20);
    expect(told()).toEqual(['release 7 5 0', 'kick-job 7']);
    expect(replies).toEqual([{ kind: 'RELEASED' }]);
  });

  it('the end of the connection answers everything once', async () => {
    connection.release(7, 5, 9, noted);
    connection.bury(8, 5, noted);
    connection.keeps(1, (acts) => replies.push(acts));
    connection.destroy();
    await clock.advance(100);
    expect(replies).toEqual([1, ['LOST', false], ['LOST', false]]);
    expect(connection.pending).toBe(0);
  });
});
