import { expect, it } from '@jest/globals';
import { KeyedTurns } from '../../../lib/core/base/keyed-turns.js';
import { Gate } from '../../support/gate.js';

it('turns on one name follow each other, whatever their outcome, and those on another do not wait', async () => {
  const turns = new KeyedTurns();
  const [first, second] = [new Gate(), new Gate()];
  const begun: string[] = [];
  const take = (name: string, what: string, gate?: Gate): Promise<string> =>
    turns.take(name, async () => {
      begun.push(what);
      await gate?.opened;
      return what;
    });
  const calls = [take('a', 'a1', first), take('a', 'a2', second), take('a', 'a3')];
  await expect(take('b', 'b1')).resolves.toBe('b1');
  expect(begun).toEqual(['a1', 'b1']);
  first.fail(new Error('no luck'));
  await expect(calls[0]).rejects.toThrow('no luck');
  second.open();
  await expect(Promise.all(calls.slice(1))).resolves.toEqual(['a2', 'a3']);
  await expect(take('a', 'a4')).resolves.toBe('a4');
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3', 'a4']);
});
