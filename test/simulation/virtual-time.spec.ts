import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '../../simulation/time/virtual-time.js';

describe('virtual time', () => {
  it('runs events in the order of their moments, then of their making', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.after(5, () => seen.push('c'));
    time.after(1, () => seen.push('a'));
    time.after(5, () => seen.push('d'));
    time.after(2, () => seen.push('b'));

    await time.reach(10);

    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(time.now).toBe(10);
  });

  it('lets promises of any depth go on before the next event', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.after(1, () => {
      void (async () => {
        for (let depth = 0; depth < 1_000; depth++) await Promise.resolve();
        seen.push('promises');
      })();
    });
    time.after(1, () => seen.push('next'));

    await time.reach(1);

    expect(seen).toEqual(['promises', 'next']);
  });

  it('runs what was deferred before time goes on', async () => {
    const time = new VirtualTime();
    const seen: number[] = [];
    time.after(1, () => time.soon(() => time.soon(() => seen.push(time.now))));
    time.after(2, () => seen.push(time.now));

    await time.reach(2);

    expect(seen).toEqual([1, 2]);
  });

  it('does not run what was taken back', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    const happening = time.after(1, () => seen.push('taken back'));
    happening.run = undefined;

    await time.reach(2);

    expect(seen).toEqual([]);
  });

  it('passes on what an event throws', async () => {
    const time = new VirtualTime();
    time.after(1, () => {
      throw new Error('an event');
    });

    await expect(time.reach(2)).rejects.toThrow('an event');
  });
});
