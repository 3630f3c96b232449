// Browsers that do not read what they are told.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { LiveEvents } from '../../lib/dashboard/live-events.js';
import { LiveStreams, type Outgoing } from '../../lib/dashboard/live-streams.js';
import type { LiveEvent } from '../../lib/dashboard/wire.js';
import { ManualClock } from '../support/manual-clock.js';

class Response extends EventEmitter implements Outgoing {
  readonly raw = this as unknown as ServerResponse;
  writableLength = 0;
  readonly written: string[] = [];
  destroyed = false;
  writeHead(): void {}
  write(text: string): void {
    this.written.push(text);
  }
  end(): void {
    this.destroy();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const EVENT: LiveEvent = {
  seq: 1,
  at: 0,
  type: 'job-dead',
  tube: 'a',
  id: 'b',
  handle: null,
  text: 'c',
  level: 'warn',
};

function streams(): { all: LiveStreams; tell: () => void; following: () => boolean; clock: ManualClock } {
  const clock = new ManualClock();
  let follow: ((event: LiveEvent) => void) | undefined;
  const events = { since: () => [], follow: (next: typeof follow) => (follow = next) } as unknown as LiveEvents;
  return {
    all: new LiveStreams(events, clock),
    tell: () => follow?.(EVENT),
    following: () => follow !== undefined,
    clock,
  };
}

describe('a browser that does not read', () => {
  it('is cut off, and the others go on', () => {
    const { all, tell } = streams();
    const [slow, quick] = [new Response(), new Response()];
    for (const response of [slow, quick]) all.add(response, 0);
    slow.writableLength = 256 * 1_024;
    tell();
    expect([slow.destroyed, quick.destroyed]).toEqual([false, false]);
    slow.writableLength++;
    tell();
    expect([slow.destroyed, quick.destroyed, all.size]).toEqual([true, false, 1]);
    expect(quick.written.filter((text) => text.startsWith('id: 1\n'))).toHaveLength(2);
  });

  it('and when none is left nothing is listened to, and no timer runs', () => {
    const { all, following, clock } = streams();
    const only = new Response();
    all.add(only, 0);
    expect(following()).toBe(true);
    only.destroy();
    expect([following(), clock.timers]).toEqual([false, 0]);
  });
});
