import { describe, expect, it } from '@jest/globals';
import { DqHandlerError } from '../../../lib/core/errors/argument.errors.js';
import { declaredTube } from '../../../lib/core/options/declared-tube.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { thrownBy } from '../../support/dq-options.js';

const tubes = new Map(['orders', 'mails'].map((name) => [name, resolveTube(name)]));

function refusal(tube: unknown, among = tubes): string {
  const error = thrownBy(() => declaredTube(among, tube, 'a producer'));
  expect(error).toBeInstanceOf(DqHandlerError);
  return (error as Error).message;
}

describe('a tube that must be declared', () => {
  it('is found by its name', () => {
    expect(declaredTube(tubes, 'mails', 'a producer')).toBe(tubes.get('mails'));
  });

  it.each(['order', 'oders', 'Orders', 'orders-high'])('is refused as "%s" with the name that is near', (tube) => {
    expect(refusal(tube)).toBe(
      `Expected a producer to name a declared tube, got "${tube}". Did you mean "orders"? ` +
        'Add it to tubes, or declare it with DqModule.forFeature, if it is a new one.',
    );
  });

  it('is refused with the names there are when none is near', () => {
    expect(refusal('invoices')).toMatch(/got "invoices"\. Declared: "orders", "mails"\. Add it to tubes, or declare /);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'the number 5'],
    [{ name: 'orders' }, 'an object of Object'],
  ])('is refused as what it is when it is no name: %p', (tube, shown) => {
    expect(refusal(tube)).toBe(
      `Expected a producer to name a declared tube, got ${shown}. Declared: "orders", "mails".`,
    );
  });

  it('is not refused with a list without end', () => {
    const many = new Map(Array.from({ length: 300 }, (_, at) => [`t${at}`, resolveTube(`t${at}`)]));
    expect(refusal('nothing like it', many)).toContain('"t19" and 280 more. ');
  });
});
