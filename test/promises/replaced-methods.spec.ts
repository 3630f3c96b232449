// A handler is found, with all that stands around it, whatever stands above its decorator.
import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  Scope,
  SetMetadata,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { DqHandler } from 'nestjs-dq';
import { until } from '../support/wait.js';
import { EmbeddedNest } from './embedded-nest.js';

const nest = new EmbeddedNest();
const { seen } = nest;

type Method = (...args: unknown[]) => unknown;

/** As many decorators of others do: a function of its own, without the metadata of the first one. */
function Traced(): MethodDecorator {
  return (_target, key, descriptor) => {
    const first = descriptor.value as unknown as Method;
    descriptor.value = function traced(this: unknown, ...args: unknown[]): unknown {
      seen.add(`traced ${String(key)}`);
      return first.apply(this, args);
    } as never;
  };
}

/** As core-decorators has it: the method becomes a getter of a bound one. */
function Bound(): MethodDecorator {
  return (_target, _key, { value }) => ({
    configurable: true,
    get(this: unknown) {
      return (value as unknown as Method).bind(this) as never;
    },
  });
}

describe('a handler is found and runs', () => {
  it('under a decorator that replaces the method', async () => {
    class Jobs {
      readonly name = 'jobs';

      @Traced()
      @DqHandler('a')
      run(): void {
        seen.add(`ran with ${this.name}`);
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 2])).toEqual([['traced run', 'ran with jobs']]);
  });

  it('over one, and between two', async () => {
    class Jobs {
      @DqHandler('a')
      @Traced()
      over(): void {}

      @Traced()
      @DqHandler('b')
      @Traced()
      between(): void {}
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 1], ['b', 2])).toEqual([
      ['traced over'],
      ['traced between', 'traced between'],
    ]);
  });

  it('of two tubes, with the other decorator between them', async () => {
    class Jobs {
      @DqHandler('a')
      @Traced()
      @DqHandler('b')
      run(): void {}
    }
    const module = await nest.run({ providers: [Jobs] });
    await nest.send(module, 'a');
    await nest.send(module, 'b');
    expect(await seen.next(2)).toEqual(['traced run', 'traced run']);
  });

  it('under a decorator that makes it a getter, or a constructor that binds it', async () => {
    class Jobs {
      readonly name = 'jobs';

      constructor() {
        this.own = this.own.bind(this);
      }

      @Bound()
      @DqHandler('a')
      bound(): void {
        seen.add(`bound ${this.name}`);
      }

      @DqHandler('b')
      own(): void {
        seen.add(`own ${this.name}`);
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 1], ['b', 1])).toEqual([['bound jobs'], ['own jobs']]);
  });

  it('of a class that a class decorator wraps, method by method', async () => {
    const Everything: ClassDecorator = ({ prototype }) => {
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as TypedPropertyDescriptor<unknown>;
        if (name === 'constructor') continue;
        Traced()(prototype as object, name, descriptor);
        Object.defineProperty(prototype, name, descriptor);
      }
    };
    @Everything
    @Injectable()
    class Jobs {
      @DqHandler('a')
      run(): void {}
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 1])).toEqual([['traced run']]);
  });

  it('of a base class, where the subclass marks its override too', async () => {
    abstract class Base {
      @DqHandler('a')
      run(): void {
        seen.add('base');
      }

      @DqHandler('b')
      inherited(): void {
        seen.add('inherited');
      }
    }
    class Jobs extends Base {
      @DqHandler('a')
      override run(): void {
        super.run();
        seen.add('derived');
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 2], ['b', 1])).toEqual([['base', 'derived'], ['inherited']]);
  });

  it('of a mixin that extends a class, and of one that copies methods', async () => {
    const Extending = (base: new () => object) => {
      class Mixed extends base {
        @DqHandler('a')
        run(): void {
          seen.add('extending');
        }
      }
      return Mixed;
    };
    class Source {
      @DqHandler('b')
      copied(): void {
        seen.add('copied');
      }
    }
    class Empty {
      readonly isEmpty = true;
    }
    class Jobs extends Extending(Empty) {}
    class Target extends Empty {}
    const copied = Object.getOwnPropertyDescriptor(Source.prototype, 'copied') as PropertyDescriptor;
    Object.defineProperty(Target.prototype, 'copied', copied);
    expect(await nest.noted({ providers: [Jobs, Target] }, ['a', 1], ['b', 1])).toEqual([['extending'], ['copied']]);
  });

  it('of a factory of request scope, whose token is the class', async () => {
    class Jobs {
      @DqHandler('a')
      run(): void {
        seen.add('made for it');
      }
    }
    const jobs = { provide: Jobs, scope: Scope.REQUEST, useFactory: () => new Jobs() };
    expect(await nest.noted({ providers: [jobs] }, ['a', 1])).toEqual([['made for it']]);
  });
});

describe('a handler of a class that a decorator replaced', () => {
  const Wrapped = (): ClassDecorator => (target) => class extends (target as unknown as new () => object) {} as never;

  it('is told of by the name of the class that was written', async () => {
    @Wrapped()
    @Injectable()
    class Jobs {
      @DqHandler('a')
      run(): void {
        throw new Error('told to fail');
      }
    }
    const module = await nest.run({ providers: [Jobs] });
    expect(nest.tubeLines.at(-1)).toContain('a (Jobs.run, 10 at once)');
    await nest.send(module, 'a');
    await until(() => nest.events.some(({ type }) => type === 'job-dead'));
    expect(nest.events).toContainEqual(expect.objectContaining({ type: 'job-dead', handler: 'Jobs.run' }));
  });

  it('whose static member is called name is told of by its base', async () => {
    class Base {
      readonly kind = 'base';
    }
    class Jobs extends Base {
      static override name = 5 as never;

      @DqHandler('a')
      run(): void {}
    }
    await nest.run({ providers: [{ provide: 'jobs', useFactory: () => new Jobs() }] });
    expect(nest.tubeLines.at(-1)).toContain('a (Base.run, 10 at once)');
  });
});

describe('what stands around a method that another decorator replaced', () => {
  const Roles = (role: string) => SetMetadata('role', role);

  it('still stands around it: guards, pipes, and what a guard reads', async () => {
    const guard: CanActivate = {
      canActivate(context: ExecutionContext) {
        seen.add(`guard for ${new Reflector().get<string>('role', context.getHandler())}`);
        return true;
      },
    };
    class Jobs {
      @Traced()
      @UseGuards(guard)
      @Roles('owner')
      @UsePipes({ transform: (data: { n: number }) => ({ n: data.n + 1 }) })
      @DqHandler('a')
      run({ n }: { n: number }): void {
        seen.add(`ran ${n}`);
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 3, { n: 1 }])).toEqual([
      ['guard for owner', 'traced run', 'ran 2'],
    ]);
  });

  it('is joined where some stands above and some below', async () => {
    const guard = (name: string): CanActivate => ({ canActivate: () => (seen.add(name), true) });
    class Jobs {
      @UseGuards(guard('above'))
      @Traced()
      @UseGuards(guard('below'))
      @DqHandler('a')
      run(): void {}
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 3])).toEqual([['below', 'above', 'traced run']]);
  });

  it('still stands around a method that its constructor binds', async () => {
    class Jobs {
      constructor() {
        this.run = this.run.bind(this);
      }

      @UseGuards({ canActivate: () => (seen.add('guard'), true) })
      @DqHandler('a')
      run(): void {
        seen.add('ran');
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 2])).toEqual([['guard', 'ran']]);
  });

  it('is refused where Nest had to make it and did not see it', async () => {
    @Injectable()
    class Guard implements CanActivate {
      canActivate(): boolean {
        return true;
      }
    }
    class Jobs {
      @Traced()
      @UseGuards(Guard)
      @DqHandler('a')
      run(): void {}
    }
    await expect(nest.run({ providers: [Jobs] })).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(
        /guard Guard of Jobs\.run.*another decorator replaced the method.*below the guard/,
      ),
    });
  });
});
