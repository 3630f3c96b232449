import { beforeEach, describe, expect, it } from '@jest/globals';
import { WaitingPuts } from '../../../lib/core/beanstalkd/waiting-puts.js';
import type { PutCommand } from '../../../lib/core/cluster/node-connection.js';
import { ManualClock } from '../../support/manual-clock.js';

const MEBIBYTE = 1024 * 1024;
const done = (): void => {};

function put(byteLength: number, delaySeconds = 10): PutCommand {
  return {
    tube: 't',
    priority: 5,
    delaySeconds,
    ttrSeconds: 60,
    body: 'x',
    byteLength,
    wire: { behindPriority: 'text' },
  };
}

describe('puts that wait', () => {
  let clock: ManualClock;
  let puts: WaitingPuts;

  beforeEach(() => {
    clock = new ManualClock();
    puts = new WaitingPuts(clock);
  });

  it('may follow while a node has less than 1 MiB to answer, so that one always may, however large', () => {
    expect([0, MEBIBYTE - 1, MEBIBYTE, 100 * MEBIBYTE].map((bytes) => puts.mayFollow(bytes))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('are refused when 64 MiB wait already, and no more once some have gone', () => {
    expect([puts.some, puts.add(put(40 * MEBIBYTE), done), puts.some]).toEqual([false, true, true]);
    expect([puts.add(put(40 * MEBIBYTE), done), puts.add(put(1), done)]).toEqual([true, false]);
    puts.next();
    expect(puts.add(put(1), done)).toBe(true);
    expect(puts.drain()).toHaveLength(2);
    expect([puts.some, puts.next(), puts.add(put(1), done)]).toEqual([false, undefined, true]);
  });

  it('go in their order, each with the seconds that are left of its delay', async () => {
    puts.add(put(1, 10), done);
    puts.add(put(2, 2), done);
    puts.add(put(3, 0), done);
    const first = puts.next();
    expect(first?.command).toEqual(put(1, 10));
    await clock.advance(2_999);
    // What was made of it for the wire has the old delay.
    expect(puts.next()?.command).toEqual({ ...put(2, 0), wire: undefined });
    expect(puts.next()?.command.delaySeconds).toBe(0);
    puts.add(put(1, 10), done);
    await clock.advance(2_999);
    expect(puts.next()?.command.delaySeconds).toBe(8);
  });
});
