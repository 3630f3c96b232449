import { beforeEach, describe, expect, it } from '@jest/globals';
import { Presence } from '../../../lib/core/base/presence.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('a thing that can be lost', () => {
  let clock: ManualClock;
  let told: string[];
  let all: Presence;
  let any: Presence;

  const listener = {
    lost: (reason: string, reached: boolean) => void told.push(`lost: ${reason}${reached ? '' : ', never reached'}`),
    back: (awayMs: number, losses: number) => void told.push(`back: ${awayMs} ms, ${losses}`),
    partly: (use: string, reason: string) => void told.push(`partly: ${use}, ${reason}`),
  };
  const sign = (reason: string, kind = reason) => ({ kind, reason });

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    all = new Presence(clock, 'all', listener);
    any = new Presence(clock, 'any', listener);
  });

  it('is lost at once, and back when what failed has succeeded, and nothing else', () => {
    all.failed('writes', sign('full'));
    clock.pass(100);
    all.succeeded('reads');
    expect([all.lost, told]).toEqual([true, ['lost: full, never reached']]);
    all.succeeded('writes');
    expect([all.lost, told.slice(1)]).toEqual([false, ['back: 100 ms, 1']]);
    expect(clock.timers).toBe(0);
  });

  it('is back when all that failed has succeeded', () => {
    for (const use of ['a', 'b', 'c']) all.failed(use, sign('no'));
    for (const use of ['a', 'c']) all.succeeded(use);
    expect([all.lost, all.failing]).toEqual([true, ['b']]);
    all.succeeded('b');
    expect(told).toEqual(['lost: no, never reached', 'back: 0 ms, 1']);
  });

  it('has each kind of reason told once in an absence, and five of them at most', () => {
    for (let round = 0; round < 3; round++)
      for (let kind = 0; kind < 9; kind++) all.failed('a', sign(`${kind}, ${round}`, String(kind)));
    expect(told).toHaveLength(5);
    all.succeeded('a');
    all.failed('a', sign('0, again', '0'));
    expect(told.at(-1)).toBe('lost: 0, again');
  });

  it('that flaps has few words: the next return is told when it has lasted for ten seconds, with the number of losses', () => {
    for (let loss = 0; loss < 50; loss++) {
      all.failed('a', sign('no'));
      clock.pass(100);
      all.succeeded('a');
      clock.pass(100);
    }
    expect(told).toEqual(['lost: no, never reached', 'back: 100 ms, 1', 'lost: no']);
    clock.pass(9_899);
    expect(told).toHaveLength(3);
    clock.pass(1);
    expect(told.slice(3)).toEqual(['back: 9700 ms, 49']);
    clock.pass(10_000);
    all.failed('a', sign('no'));
    all.succeeded('a');
    expect(told.slice(4)).toEqual(['lost: no', 'back: 0 ms, 1']);
  });

  it('with several uses is lost when one fails and none is known to succeed', () => {
    any.failed('writes', sign('no'));
    expect([any.lost, told]).toEqual([true, ['lost: no, never reached']]);
    any.succeeded('reserves');
    expect(any.lost).toBe(false);
  });

  it('is there partly while another use succeeds; that is told after two seconds, and once', () => {
    any.succeeded('writes');
    for (let time = 0; time < 20; time++) {
      any.failed('reserves', sign('no room'));
      clock.pass(1_000);
    }
    expect([any.lost, told]).toEqual([false, ['partly: reserves, no room']]);
    any.failed('writes', sign('gone'));
    expect([any.lost, told.slice(1)]).toEqual([true, ['lost: gone']]);
  });

  it('is not called partly there when all that it is used for ends within two seconds', () => {
    any.succeeded('writes');
    any.succeeded('reserves');
    any.failed('reserves', sign('gone'));
    clock.pass(1_999);
    any.failed('writes', sign('gone'));
    clock.pass(5_000);
    expect(told).toEqual(['lost: gone']);
  });

  it.each([
    ['all', true],
    ['use', false],
    ['new', false],
  ] as const)('may be lost by one sign that speaks for %s', (extent, lost) => {
    any.succeeded('writes');
    any.succeeded('reserves');
    any.failed('reserves', { ...sign('no'), extent });
    expect(any.lost).toBe(lost);
    any.unused('writes');
    any.failed('reserves', { ...sign('no'), extent });
    expect(any.lost).toBe(extent !== 'new');
    any.close();
  });

  it('tells nothing more when it is closed', () => {
    all.failed('a', sign('no'));
    all.succeeded('a');
    all.failed('a', sign('no'));
    all.succeeded('a');
    all.close();
    all.failed('a', sign('no'));
    clock.pass(20_000);
    expect([told.length, clock.timers]).toEqual([3, 0]);
  });
});
