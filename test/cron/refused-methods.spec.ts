// Methods with @DqCron that nobody could keep, or that would never run, are refused.
import { Module, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { DqModule } from 'nestjs-dq';
import { DqCronModule, type DqCronOptions } from 'nestjs-dq/cron';
import { cronBed } from './cron-bed.js';

const bed = cronBed();
const queue = () => DqModule.forRoot({ embedded: true, logger: false });

describe('an application with methods that nobody can keep', () => {
  it.each<readonly [string, readonly Type[], RegExp]>([
    ['a pattern that never comes', [bed.cron('0 0 31 2 *')], /@DqCron|never/],
    ['two of one name', [bed.cron('* * * * *', { name: 'a' }), bed.cron('0 * * * *', { name: 'a' })], /name 'a'/],
    ['an option that there is not', [bed.cron('* * * * *', { timezone: 'UTC' } as DqCronOptions)], /timeZone/],
  ])('is refused at boot: %s', async (_, providers, text) => {
    await expect(bed.open(...providers)).rejects.toThrow(text);
  });
});

describe('an application without DqCronModule', () => {
  it('is refused at boot where a method has @DqCron, which would never run', async () => {
    const module = await bed.compile({
      imports: [queue()],
      providers: [bed.cron('* * * * *')],
    });
    await expect(module.init()).rejects.toThrow(/DqCronModule in the application, since Reports\.daily has @DqCron/);
  });

  it('starts with DqCronModule without a tube, unless a method needs one', async () => {
    const start = async (...providers: Type[]): Promise<void> => {
      const imports = [queue(), DqCronModule.forRoot()];
      const module = await bed.compile({ imports, providers });
      await module.init();
      await module.close();
    };
    await start();
    await expect(start(bed.cron('* * * * *'))).rejects.toThrow(/a tube for @DqCron of 'Reports.daily'/);
    expect(() => DqCronModule.forRoot({ tubes: 'x' } as object)).toThrow(/tube/);
  });
});

describe('an application with DqCronModule twice', () => {
  it('is refused at boot: each method would run for each of them', async () => {
    const compiled = bed.compile({
      imports: [queue(), DqCronModule.forRoot({ tube: 'crons' }), DqCronModule.forRoot({ tube: 'others' })],
      providers: [bed.cron('* * * * *')],
    });
    await expect(compiled).rejects.toThrow(
      /^Expected DqCronModule\.forRoot .* once in an application, got it 2 times: each @DqCron/,
    );
  });
});

describe('a module that is loaded later', () => {
  it('is refused where it is loaded, when a method there has @DqCron, which would never run', async () => {
    const module = await bed.compile({
      imports: [queue(), DqCronModule.forRoot({ tube: 'crons' })],
      providers: [bed.cron('0 0 1 1 *')],
    });
    try {
      await module.init();
      @Module({ providers: [bed.cron('* * * * *', { name: 'late' })] })
      class Late {}
      // The same class as at boot, of which one is there already (control).
      @Module({ providers: [bed.cron('0 0 1 1 *')] })
      class Known {}
      const loader = module.get(LazyModuleLoader);
      await expect(loader.load(() => Late)).rejects.toThrow(/got 'late' of one that was loaded later/);
      await loader.load(() => Known);
    } finally {
      await module.close();
    }
  });
});
