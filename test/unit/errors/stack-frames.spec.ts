import { describe, expect, it } from '@jest/globals';
import { DqTimeoutError } from '../../../lib/core/errors/run.errors.js';
import { stackFrames } from '../../../lib/core/errors/stack-frames.js';

const SECRET = 'DE02120300000000202051';

function withStack(message: string, frames: readonly string[]): Error {
  return Object.assign(new Error(message), { stack: `Error: ${message}\n${frames.join('\n')}` });
}

describe('where something was thrown', () => {
  it('is the place in this file', () => {
    expect(stackFrames(new Error('no'))).toMatch(/^at \S.*stack-frames\.spec\.ts:\d+:\d+/);
  });

  it('has no word of the message, nor of what looks like a frame in it', () => {
    const frame = '    at real (/app/a.js:1:2)';
    for (const message of [
      SECRET,
      `two\nlines ${SECRET}`,
      `no\n    at ${SECRET} (/app/b.js:1:2)`,
      `    at ${SECRET}`,
    ]) {
      expect(stackFrames(withStack(message, [frame]))).toBe('at real (/app/a.js:1:2)');
    }
  });

  it('has nothing but frames of a message that was changed after the stack was made', () => {
    const error = withStack(`old ${SECRET}\nand ${SECRET}`, ['    at real (/app/a.js:1:2)']);
    error.message = 'new';
    expect(stackFrames(error)).toBe('at real (/app/a.js:1:2)');
  });

  it('is bounded, whatever the stack is', () => {
    const frames = Array.from({ length: 100 }, (_, at) => `    at f${at} (/app/${'x'.repeat(60)}.js:1:2)`);
    expect(stackFrames(withStack('no', frames)).length).toBeLessThanOrEqual(500);
    expect(stackFrames(withStack('no', [`    at ${'f'.repeat(5_000)} (/app/a.js:1:2)`]))).toHaveLength(500);
    const short = Array.from({ length: 100 }, (_, at) => `    at f${at} (/app/a.js:1:2)`);
    expect(stackFrames(withStack('no', short)).split(', ')).toHaveLength(5);
  });

  it('is empty for what has none', () => {
    for (const thrown of [undefined, null, 7, SECRET, {}, { stack: SECRET }, { stack: 7 }, [SECRET]])
      expect(stackFrames(thrown)).toBe('');
  });

  it('is empty for a timeout, whose stack is that of a timer', () => {
    expect(stackFrames(new DqTimeoutError('too long'))).toBe('');
  });
});
