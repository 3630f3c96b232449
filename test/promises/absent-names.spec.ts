// A name that is not there never stands for the default tube: nobody means it who names one.
import { Injectable } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqHandler, DqProducer, DqTubeNameError, getDqProducerToken, InjectDqProducer } from 'nestjs-dq';
import { thrownBy } from '../support/dq-options.js';
import { EmbeddedNest } from './embedded-nest.js';

const nest = new EmbeddedNest();

type AnyName = (...args: unknown[]) => unknown;

describe.each([
  ['@InjectDqProducer', InjectDqProducer as unknown as AnyName],
  ['getDqProducerToken', getDqProducerToken as unknown as AnyName],
])('%s', (name, called) => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an empty string', '', 'the string ""'],
    ['a number', 7, 'the number 7'],
    ['a symbol', Symbol('orders'), 'a symbol'],
    ['a list', ['orders'], 'an array of 1'],
    ['options of a tube', { name: 'orders' }, 'an object of Object'],
    ['a class', DqProducer, 'a function'],
    ['a name that no tube can have', 'a/b', 'the string "a/b"'],
  ])('refuses %s', (_, given, shown) => {
    const error = thrownBy(() => called(given));
    expect(error).toBeInstanceOf(DqTubeNameError);
    expect((error as Error).message).toContain(`got ${shown}.`);
    if (given !== 'a/b') expect((error as Error).message).toContain(`Expected ${name} to be given the name of a tube`);
  });

  it('says of undefined what it comes from', () => {
    expect((thrownBy(() => called(undefined)) as Error).message).toMatch(/Does its file import this one/);
  });
});

it('a cycle of imports is told by the class that has it, as @DqHandler does', () => {
  // What a constant of a file is that is imported before it was evaluated, where the compiler makes a property of it.
  const late: { readonly TUBE?: string } = {};
  const inject = (): unknown => {
    class Service {
      constructor(@InjectDqProducer(late.TUBE as string) readonly producer: DqProducer) {}
    }
    return Service;
  };
  const handle = (): unknown => {
    class Jobs {
      @DqHandler(late.TUBE as string)
      run(): void {}
    }
    return Jobs;
  };
  expect(thrownBy(inject)).toMatchObject({ code: 'DQ_TUBE_NAME' });
  expect(thrownBy(handle)).toMatchObject({ code: 'DQ_HANDLER' });
});

it('no argument at all still means the default tube, and a name its tube (control)', async () => {
  expect(getDqProducerToken()).toBe(DqProducer);
  expect(getDqProducerToken('orders')).toBe('DqProducer(orders)');
  @Injectable()
  class Service {
    @InjectDqProducer('b') readonly property!: DqProducer;

    constructor(
      @InjectDqProducer() readonly unnamed: DqProducer,
      @InjectDqProducer('a') readonly named: DqProducer,
    ) {}
  }
  const { unnamed, named, property } = (await nest.run({ providers: [Service] })).get(Service);
  expect([unnamed.tube, named.tube, property.tube]).toEqual(['dq-default', 'a', 'b']);
});
