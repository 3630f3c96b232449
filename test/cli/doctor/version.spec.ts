import { describe, expect, it } from '@jest/globals';
import { isAtLeast, isInRange } from '../../../lib/cli/doctor/version.js';

describe('a version', () => {
  it.each([
    ['11.0.0', '^11.0.0 || ^12.0.0', true],
    ['12.9.3', '^11.0.0 || ^12.0.0', true],
    ['10.4.9', '^11.0.0 || ^12.0.0', false],
    ['13.0.0', '^11.0.0 || ^12.0.0', false],
    ['0.1.13', '^0.1.13 || ^0.2.0', true],
    ['0.1.12', '^0.1.13 || ^0.2.0', false],
    ['0.2.9', '^0.1.13 || ^0.2.0', true],
    ['0.3.0', '^0.1.13 || ^0.2.0', false],
    ['0.0.4', '^0.0.3', false],
    ['7.8.2', '~7.8.0', true],
    ['7.9.0', '~7.8.0', false],
    ['28.0.0', '^24.0.0 || >=26.0.0', true],
    ['25.0.0', '^24.0.0 || >=26.0.0', false],
    ['1.2.3', '1.2.3', true],
    ['1.2.4', '1.2.3', false],
    ['1.2.4', '*', true],
    ['1.2.4', 'workspace:^', undefined],
    ['1.2.4', '^2 || workspace:^', undefined],
    ['next', '^1.0.0', undefined],
  ])('%s in %s: %s', (version, range, fits) => {
    expect(isInRange(version, range)).toBe(fits);
  });

  it.each([
    ['1.13+6+g25085c5', '1.12', true],
    ['1.12', '1.12', true],
    ['1.9', '1.12', false],
    ['v7.2.4', '6.2', true],
    ['unknown', '6.2', undefined],
  ])('%s is at least %s: %s', (version, oldest, is) => {
    expect(isAtLeast(version, oldest)).toBe(is);
  });
});
