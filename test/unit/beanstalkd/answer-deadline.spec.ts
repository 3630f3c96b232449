import { beforeEach, describe, expect, it } from '@jest/globals';
import { AnswerDeadline } from '../../../lib/core/beanstalkd/answer-deadline.js';
import { DELETE } from '../../../lib/core/beanstalkd/expected-replies.js';
import { Unanswered } from '../../../lib/core/beanstalkd/unanswered.js';
import { ManualClock } from '../../support/manual-clock.js';

const MS = 3_000;

/** The turn that is given to read: the test says what it brings. */
describe('deadline of answers, when the event loop stood still', () => {
  let clock: ManualClock;
  let unanswered: Unanswered;
  let deadline: AnswerDeadline;
  let passed: number;
  let turn: (() => void)[];

  beforeEach(() => {
    clock = new ManualClock();
    turn = [];
    clock.defer = (run) => void turn.push(run);
    unanswered = new Unanswered();
    passed = 0;
    deadline = new AnswerDeadline(MS, unanswered, clock, () => passed++);
    deadline.connecting();
  });

  function send(): void {
    const now = clock.monotonic();
    unanswered.add(DELETE, () => {}, now, now + MS, false);
    deadline.lookBy(now + MS);
  }

  function endTurn(): void {
    const ended = turn;
    turn = [];
    for (const run of ended) run();
  }

  it('has passed when the turn brings nothing', () => {
    deadline.opened();
    send();
    clock.pass(MS);
    expect([passed, turn.length]).toEqual([0, 1]);
    endTurn();
    expect([passed, clock.timers]).toEqual([1, 0]);
  });

  it('goes on to the next command when the turn brings an answer', () => {
    deadline.opened();
    send();
    clock.pass(1_000);
    send();
    clock.pass(MS - 1_000);
    unanswered.take({ kind: 'DELETED' });
    endTurn();
    expect([passed, turn.length, clock.timers]).toEqual([0, 0, 1]);
    clock.pass(1_000);
    endTurn();
    expect(passed).toBe(1);
  });

  it('gives a turn more as long as each brings an answer', () => {
    deadline.opened();
    send();
    send();
    send();
    clock.pass(MS);
    for (let answers = 0; answers < 2; answers++) {
      unanswered.take({ kind: 'DELETED' });
      endTurn();
      expect([passed, turn.length]).toEqual([0, 1]);
    }
    endTurn();
    expect(passed).toBe(1);
  });

  it('begins anew for what waited for the connection to open, when that is what the turn brings', () => {
    send();
    clock.pass(MS);
    deadline.opened();
    endTurn();
    expect(passed).toBe(0);
    clock.pass(MS - 1);
    expect(turn).toEqual([]);
    clock.pass(1);
    endTurn();
    expect(passed).toBe(1);
  });

  it('begins anew for what waited for the connection to open also when the event loop reads before it runs timers', () => {
    send();
    clock.standStill(MS + 50);
    deadline.opened();
    clock.pass(0);
    endTurn();
    expect(passed).toBe(0);
    clock.pass(MS - 1);
    expect([passed, turn]).toEqual([0, []]);
    clock.pass(1);
    endTurn();
    expect(passed).toBe(1);
  });

  it('does not begin anew for what was sent before, to a connection that is open', () => {
    deadline.opened();
    send();
    clock.standStill(MS + 50);
    clock.pass(0);
    endTurn();
    expect(passed).toBe(1);
  });

  it('says nothing any more when the turn brings its end, and leaves no timer', () => {
    clock.pass(MS);
    deadline.end();
    endTurn();
    expect([passed, clock.timers]).toEqual([0, 0]);
  });
});
