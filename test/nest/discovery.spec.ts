import { applyDecorators, Controller, Injectable, Module, type ModuleMetadata, SetMetadata } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, type DqOptions } from 'nestjs-dq';
import { failOnLeaks } from '../support/leaks.js';
import { NOWHERE, StubServers } from './stub-servers.js';

const servers = new StubServers();
failOnLeaks();

const TUBES = ['a', 'b', 'c', 'd'];

/** Which tubes an application of these parts handles. */
async function handled(metadata: ModuleMetadata, options: Partial<DqOptions> = {}): Promise<readonly string[]> {
  const imports = [DqModule.forRoot({ ...NOWHERE, tubes: TUBES, ...options }), ...(metadata.imports ?? [])];
  return servers.run({ ...metadata, imports }, () => servers.watched);
}

@Injectable()
class Jobs {
  @DqHandler('a')
  one(): void {}

  @DqHandler('b', { concurrency: 2 })
  two(): void {}

  @DqHandler({ tube: 'c', attempts: 3 })
  three(): void {}

  plain(): void {}
}

describe('handlers are found', () => {
  it('in each form of the decorator', async () => {
    expect(await handled({ providers: [Jobs] })).toEqual(['a', 'b', 'c']);
  });

  it('in controllers and in module classes', async () => {
    @Controller()
    class Web {
      @DqHandler('a')
      run(): void {}
    }
    @Module({})
    class Feature {
      @DqHandler('b')
      run(): void {}
    }
    expect(await handled({ controllers: [Web], imports: [Feature] })).toEqual(['a', 'b']);
  });

  it('on a method of two tubes, and under another decorator', async () => {
    const Nightly = (tube: string) => applyDecorators(DqHandler(tube), SetMetadata('nightly', true));
    class Twice {
      @DqHandler('a')
      @DqHandler('b')
      run(): void {}

      @SetMetadata('other', true)
      @Nightly('c')
      other(): void {}
    }
    expect(await handled({ providers: [Twice] })).toEqual(['a', 'b', 'c']);
  });

  it('in base classes, and where an override is decorated too', async () => {
    abstract class Base {
      @DqHandler('a')
      inherited(): void {}

      @DqHandler('c')
      moved(): void {}
    }
    class Derived extends Base {
      @DqHandler('d')
      override moved(): void {}
    }
    expect(await handled({ providers: [Derived] })).toEqual(['a', 'd']);
  });

  it.each([
    ['useClass', [{ provide: 'JOBS', useClass: Jobs }]],
    ['useValue', [{ provide: 'JOBS', useValue: new Jobs() }]],
    ['useFactory', [{ provide: 'JOBS', useFactory: () => new Jobs() }]],
    ['an async useFactory', [{ provide: 'JOBS', useFactory: async () => new Jobs() }]],
    ['useExisting beside the class', [Jobs, { provide: 'JOBS', useExisting: Jobs }]],
    ['a factory that hands on the class', [{ provide: 'A', useFactory: (jobs: Jobs) => jobs, inject: [Jobs] }, Jobs]],
  ])('behind %s, once', async (_, providers) => {
    expect(await handled({ providers })).toEqual(['a', 'b', 'c']);
  });

  it('beside providers of every other kind', async () => {
    const odd = [null, 0, 'text', Symbol('odd'), () => 1, [], Object.create(null) as object, new Proxy({}, {}), Jobs];
    const providers = odd.map((useValue, at) => ({ provide: `odd ${at}`, useValue }));
    expect(await handled({ providers })).toEqual([]);
  });

  it('not when a test has replaced their class', async () => {
    const imports = [DqModule.forRoot({ ...NOWHERE, tubes: TUBES })];
    const module = await servers
      .module({ imports, providers: [Jobs] })
      .overrideProvider(Jobs)
      .useValue({ one: () => undefined })
      .compile();
    await module.init();
    expect(servers.watched).toEqual([]);
    await module.close();
  });
});

describe('consume', () => {
  it('true runs all, false none, a list those', async () => {
    expect(await handled({ providers: [Jobs] }, { consume: true })).toEqual(['a', 'b', 'c']);
    expect(await handled({ providers: [Jobs] }, { consume: false })).toEqual([]);
    expect(await handled({ providers: [Jobs] }, { consume: [] })).toEqual([]);
    expect(await handled({ providers: [Jobs] }, { consume: ['b', 'b'] })).toEqual(['b']);
  });
});

describe('refused at boot', () => {
  class Other {
    @DqHandler('a')
    same(): void {}
  }
  class Undeclared {
    @DqHandler('nowhere')
    run(): void {}
  }
  class Misspelt {
    @DqHandler('a', { concurency: 3 } as object)
    run(): void {}
  }
  @Module({ providers: [Jobs] })
  class Here {}
  @Module({ providers: [Jobs] })
  class There {}

  it.each<[string, ModuleMetadata, Partial<DqOptions>, string, RegExp]>([
    [
      'two handlers of one tube',
      { providers: [Jobs, Other] },
      {},
      'DQ_HANDLER',
      /tube "a".*Jobs\.one.*Other\.same.*two tubes, or call one from the other/,
    ],
    [
      'a class that two modules provide',
      { imports: [Here, There] },
      {},
      'DQ_HANDLER',
      /tube "a".*Jobs\.one \(in Here\).*Jobs\.one \(in There\).*Provide Jobs in one module, and export it/,
    ],
    [
      'a tube that is not declared',
      { providers: [Undeclared] },
      {},
      'DQ_HANDLER',
      /Undeclared\.run.*"nowhere".*Add it to tubes, or declare it with DqModule\.forFeature/,
    ],
    ['the same when nothing is consumed', { providers: [Undeclared] }, { consume: false }, 'DQ_HANDLER', /nowhere/],
    [
      'consume with a tube that has no handler',
      { providers: [Jobs] },
      { consume: ['a', 'd'] },
      'DQ_HANDLER',
      /tube "d", which consume lists.*@DqHandler\('d'\)/,
    ],
    [
      'consume with a tube that is not declared',
      { providers: [Jobs] },
      { consume: ['e'] },
      'DQ_HANDLER',
      /consume.*"e".*Add it to tubes/,
    ],
    [
      'an option that does not exist',
      { providers: [Misspelt] },
      {},
      'DQ_OPTIONS',
      /the options of Misspelt\.run.*"concurency"\. Did you mean concurrency\?$/,
    ],
  ])('%s', async (_, metadata, options, code, message) => {
    await expect(handled(metadata, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(servers.starts).toBe(0);
    expect(servers.nodes.flatMap(({ connections }) => connections)).toEqual([]);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'the number 5'],
    [['a'], 'an array of 1'],
    [{ concurrency: 5 }, 'options without a tube'],
    [{ tube: 5 }, 'the number 5 as its tube'],
  ])('a decorator without a tube: %p', (first, got) => {
    const decorate = (): unknown => {
      class Tubeless {
        @DqHandler(first as unknown as string)
        run(): void {}
      }
      return Tubeless;
    };
    expect(decorate).toThrow(
      expect.objectContaining({
        code: 'DQ_HANDLER',
        message: expect.stringMatching(
          new RegExp(
            `^Expected @DqHandler of Tubeless\\.run to be given a tube, got ${got}\\. Write @DqHandler\\('orders'\\)`,
          ),
        ),
      }),
    );
  });

  it('a decorator that would never be found', () => {
    const decorate = (target: object, key: string | symbol, descriptor?: PropertyDescriptor) =>
      DqHandler('a')(target, key, descriptor as PropertyDescriptor);
    const odd = Symbol('odd');
    class Targets {
      static fixed(): void {}
      [odd](): void {}
      get computed(): () => void {
        return () => undefined;
      }
    }
    const of = (target: object, key: string | symbol) => Object.getOwnPropertyDescriptor(target, key);
    for (const [target, key] of [
      [Targets, 'fixed'],
      [Targets.prototype, odd],
      [Targets.prototype, 'computed'],
      [Targets.prototype, 'property'],
    ] as const) {
      expect(() => decorate(target, key, of(target, key))).toThrow(
        expect.objectContaining({ code: 'DQ_HANDLER', message: expect.stringContaining(String(key)) }),
      );
    }
  });
});
