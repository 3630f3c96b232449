import { beforeEach, describe, expect, it } from '@jest/globals';
import { Actor } from '../../simulation/network/actor.js';
import { Pipe } from '../../simulation/network/pipe.js';
import { Route } from '../../simulation/network/route.js';
import { Chance } from '../../simulation/time/chance.js';
import { VirtualTime } from '../../simulation/time/virtual-time.js';

describe('a pipe', () => {
  let time: VirtualTime;
  let route: Route;
  let pipe: Pipe;
  let seen: number[];
  const send = (...numbers: readonly number[]): void => numbers.forEach((number) => pipe.send(() => seen.push(number)));

  beforeEach(() => {
    time = new VirtualTime();
    route = new Route(new Chance(1));
    pipe = new Pipe(time, route, 'up');
    seen = [];
  });

  it('keeps the order on a slow way', async () => {
    route.slowMs = 500;
    send(1, 2, 3, 4, 5);
    await time.reach(10_000);

    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('holds back what is sent while the way is blocked, and delivers it in order afterwards', async () => {
    route.block('up');
    send(1, 2);
    await time.reach(1_000);
    expect(seen).toEqual([]);

    route.unblock('up');
    send(3);
    await time.reach(3_000);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('delivers only the last of what was on its way, when the rest is dropped', async () => {
    send(1, 2, 3);
    pipe.dropAllButLast();
    await time.reach(1_000);

    expect(seen).toEqual([3]);
  });

  it('is not blocked by a block of the other direction', async () => {
    route.block('down');
    send(1);
    await time.reach(1_000);

    expect(seen).toEqual([1]);
  });
});

describe('an actor', () => {
  it('does later what came while it was stopped, and nothing after its death', async () => {
    const time = new VirtualTime();
    const actor = new Actor('a', time);
    const seen: string[] = [];
    actor.stop();
    actor.act(() => seen.push('one'));
    actor.act(() => seen.push('two'));
    expect(seen).toEqual([]);

    actor.go();
    await time.reach(1);
    expect(seen).toEqual(['one', 'two']);

    actor.die();
    actor.act(() => seen.push('three'));
    expect(seen).toEqual(['one', 'two']);
  });
});
