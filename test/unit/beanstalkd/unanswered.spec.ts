import { describe, expect, it } from '@jest/globals';
import { DELETE, RESERVE } from '../../../lib/core/beanstalkd/expected-replies.js';
import { type OnWireReply, Unanswered } from '../../../lib/core/beanstalkd/unanswered.js';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';

const nothing: OnWireReply = () => {};
const DELETED: Reply = { kind: 'DELETED' };

function sent(...calls: readonly OnWireReply[]): Unanswered {
  const unanswered = new Unanswered();
  for (const done of calls) if (!unanswered.join(DELETE, done)) unanswered.add(DELETE, done, 0, 100, true);
  return unanswered;
}

describe('unanswered commands', () => {
  it('are answered in the order in which they were sent, joined or not', () => {
    const [one, other]: OnWireReply[] = [() => {}, () => {}];
    const unanswered = sent(one!, one!, other!, one!);
    expect(unanswered.length).toBe(4);
    const told = [1, 2, 3, 4].map(() => unanswered.take(DELETED));
    expect(told).toEqual([one, one, other, one]);
    expect([unanswered.length, unanswered.answered, unanswered.oldest]).toEqual([0, 4, undefined]);
    expect(unanswered.take(DELETED)).toBeUndefined();
  });

  it('join only those of the same kind and turn, that do not take longer', () => {
    const unanswered = sent(nothing);
    expect(unanswered.join(RESERVE, nothing)).toBe(false);
    expect(unanswered.join(DELETE, () => {})).toBe(false);
    expect(unanswered.join(DELETE, nothing)).toBe(true);
    unanswered.seal();
    expect(unanswered.join(DELETE, nothing)).toBe(false);
    unanswered.add(DELETE, nothing, 0, 5_100, false);
    expect(unanswered.join(DELETE, nothing)).toBe(false);
  });

  it('do not join one that was answered already', () => {
    const unanswered = sent(nothing);
    unanswered.take(DELETED);
    expect(unanswered.join(DELETE, nothing)).toBe(false);
    expect(unanswered.length).toBe(0);
  });
});
