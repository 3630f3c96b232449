import { describe, expect, it } from '@jest/globals';
import { DELETE, RESERVE } from '../../../lib/core/beanstalkd/expected-replies.js';
import { type OnWireReply, Unanswered } from '../../../lib/core/beanstalkd/unanswered.js';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { lost } from '../../support/stub-node.js';

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

  it('take no reply that does not fit, and stay as they were', () => {
    const unanswered = sent(nothing, nothing);
    expect(unanswered.take({ kind: 'TIMED_OUT' })).toBeUndefined();
    expect([unanswered.length, unanswered.answered]).toEqual([2, 0]);
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

  it('are each told once of the end, those answered before not again', () => {
    const told: string[] = [];
    const [one, other]: OnWireReply[] = [() => told.push('one'), () => told.push('other')];
    const unanswered = sent(one!, one!, one!, other!);
    unanswered.take(DELETED);
    unanswered.drain(lost(true));
    expect(told).toEqual(['one', 'one', 'other']);
    expect(unanswered.length).toBe(0);
  });
});
