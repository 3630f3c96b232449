import { DqTimeoutError } from './run.errors.js';

const MOST_FRAMES = 5;
/** Of all frames together. */
const LONGEST = 500;
/** Of what is looked at: a stack may be as long as its message. */
const LONGEST_STACK = 20_000;
/** As V8 writes one that has a place; a line of a message that spans several does not look so. */
const FRAME = /^ {4}at (.+:\d+:\d+\)?)$/;
const FOREIGN = /node:|[\\/]node_modules[\\/]/;

/**
 * Where something was thrown, on one line: the place itself, then the callers that are the application's own code. Empty when it has no
 * stack, or one that cannot be read. Only frames: above them stands the message, which is told by the rule of `faultText` or not at all.
 */
export function stackFrames(thrown: unknown): string {
  const [place, ...callers] = framesOf(thrown);
  if (place === undefined) return '';
  let text = `at ${place}`.slice(0, LONGEST);
  for (const caller of callers.filter((frame) => !FOREIGN.test(frame)).slice(0, MOST_FRAMES - 1)) {
    const longer = `${text}, at ${caller}`;
    if (longer.length > LONGEST) break;
    text = longer;
  }
  return text;
}

function framesOf(thrown: unknown): readonly string[] {
  try {
    // Made by a timer of this package: its stack says nothing of the handler.
    if (thrown instanceof DqTimeoutError) return [];
    const { stack, message } = (thrown ?? {}) as { readonly stack?: unknown; readonly message?: unknown };
    if (typeof stack !== 'string') return [];
    const head = typeof message === 'string' ? stack.indexOf(message) : -1;
    const below =
      head < 0 ? stack.slice(-LONGEST_STACK) : stack.slice(head + String(message).length).slice(0, LONGEST_STACK);
    return below.split('\n').flatMap((line) => FRAME.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}
