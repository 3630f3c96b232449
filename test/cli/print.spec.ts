import { describe, expect, it } from '@jest/globals';
import { relative, span } from '../../lib/cli/base/moments.js';
import { shownPayload } from '../../lib/cli/base/payload.js';
import { block, json, list, short, table } from '../../lib/cli/base/print.js';
import { lines } from './cli-bed.js';

const HOSTILE = 'a\u001b]0;owned\u0007\u009b31m\u202e\u2028\r\nb';
/** Nothing that a terminal obeys, and nothing that turns a text around. */
const HARMLESS = /^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u;

function expectHarmless(text: string): void {
  for (const line of text.split('\n')) expect(line).toMatch(HARMLESS);
}

describe('what is printed', () => {
  it('stands in columns, numbers at the right, with what is said of a row below it', () => {
    const rows = [
      ['orders', 1],
      ['m', 12345],
    ];
    expect(table(['TUBE', 'DEAD'], rows, { below: ['why', undefined] })).toBe(
      lines('TUBE     DEAD', 'orders      1', '  why', 'm       12345'),
    );
    expect(
      list([
        ['id', 'x'],
        ['no', undefined],
        ['state', 'done'],
      ]),
    ).toBe(lines('id     x', 'state  done'));
  });

  it('does nothing to a terminal, whatever is in it', () => {
    for (const text of [
      table(['X'], [[HOSTILE]], { below: [HOSTILE] }),
      list([[HOSTILE, HOSTILE]]),
      block('payload', HOSTILE),
      json({ [HOSTILE]: HOSTILE, tag: '\u{e0001}' }),
      short(HOSTILE),
    ])
      expectHarmless(text);
  });

  it('keeps lines of others right of ours', () => {
    expect(block('payload', 'a\nid  fake')).toBe(lines('payload:', '  a', '  id  fake'));
  });

  it('is the same value again as JSON', () => {
    const value = { text: `${HOSTILE}\u{e0001}`, list: [1, null] };
    expect(JSON.parse(json(value))).toEqual(value);
    expect(json(value, true).split('\n')).toHaveLength(2);
  });

  it('cuts what is long, and says so', () => {
    expect(short('x'.repeat(100), 10)).toBe('xxxxxxx...');
    expect(short('first\nsecond')).toBe('first...');
    const half = Buffer.from(`${'x'.repeat(65_535)}é`);
    expect(shownPayload(half)).toEqual({ bytes: 65_537, cut: true, text: 'x'.repeat(65_535) });
    expect(shownPayload(Buffer.from([0xff, 0]))).toEqual({ bytes: 2, cut: false, base64: '/wA=' });
  });

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [90_061_000, '1d 1h'],
  ])('shows %d ms as %s', (ms, shown) => {
    expect(span(ms)).toBe(shown);
  });

  it('tells what is ahead from what is behind', () => {
    expect([relative(new Date(70_000), 0), relative(new Date(0), 70_000), relative(new Date(0), 500)]).toEqual([
      'in 1m 10s',
      '1m 10s ago',
      'now',
    ]);
  });
});
