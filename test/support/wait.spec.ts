import { describe, expect, it } from '@jest/globals';
import { Recorder, settles, until } from './wait.js';

describe('waiting', () => {
  it('says what it waited for', async () => {
    await expect(until(() => 0, { timeout: 20, what: 'the moon' })).rejects.toThrow('waited 20 ms for: the moon');
  });

  it('hands out recorded items once and in order', async () => {
    const seen = new Recorder<number>();
    seen.add(1);
    const three = seen.next(3);
    seen.add(2);
    seen.add(3);
    seen.add(4);
    expect(await three).toEqual([1, 2, 3]);
    expect(await seen.next()).toEqual([4]);
    await expect(seen.next(2, { timeout: 20 })).rejects.toThrow('waited 20 ms for 2 items, got 0');
  });

  it('tells what settles in time from what does not', async () => {
    expect(await settles(Promise.resolve(), 1000)).toBe(true);
    expect(await settles(Promise.reject(new Error('settled all the same')), 1000)).toBe(true);
    expect(await settles(new Promise(() => undefined), 20)).toBe(false);
  });
});
