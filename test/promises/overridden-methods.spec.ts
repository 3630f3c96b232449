// A marked method that an override, or somebody else, took the place of is refused at boot where nobody could know what was meant.
import type { ModuleMetadata } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqHandler } from 'nestjs-dq';
import { EmbeddedNest } from './embedded-nest.js';

const nest = new EmbeddedNest();

describe('refused at boot, with class and method', () => {
  abstract class Base {
    @DqHandler('a')
    run(): void {}
  }

  it.each<[string, () => ModuleMetadata, RegExp]>([
    [
      'an override without the decorator',
      () => {
        class Jobs extends Base {
          override run(): void {}
        }
        return { providers: [Jobs] };
      },
      /Jobs\.run to have @DqHandler, since it overrides Base\.run, .* tube "a".*Write @DqHandler\('a'\) above it too/,
    ],
    [
      'an override two classes below',
      () => {
        class Middle extends Base {}
        class Jobs extends Middle {
          override run(): void {}
        }
        class Last extends Jobs {}
        return { providers: [Last] };
      },
      /Jobs\.run to have @DqHandler, since it overrides Base\.run/,
    ],
    [
      'an override that is a getter',
      () => {
        class Jobs extends Base {}
        Object.defineProperty(Jobs.prototype, 'run', { get: () => () => undefined });
        return { providers: [Jobs] };
      },
      /Jobs\.run to have @DqHandler, since it overrides Base\.run/,
    ],
    [
      'a method that is gone',
      () => {
        class Jobs {
          @DqHandler('a')
          run(): void {}
        }
        delete (Jobs.prototype as Partial<Jobs>).run;
        return { providers: [Jobs] };
      },
      /Jobs\.run, which @DqHandler marks, to stay a method/,
    ],
    [
      'a method that is none any more',
      () => {
        class Jobs {
          constructor() {
            Object.assign(this, { run: 'text' });
          }

          @DqHandler('a')
          run(): void {}
        }
        return { providers: [Jobs] };
      },
      /Jobs\.run, the handler of tube "a", to be a method, got the string "text"/,
    ],
    [
      'two classes that inherit one handler',
      () => {
        class One extends Base {}
        class Other extends Base {}
        return { providers: [One, Other] };
      },
      /tube "a".*One\.run.*Other\.run.*Both inherit it from Base/,
    ],
    [
      'one class under two tokens',
      () => {
        class Jobs extends Base {}
        return { providers: [Jobs, { provide: 'AGAIN', useClass: Jobs }] };
      },
      /tube "a".*Jobs\.run.*Jobs\.run.*Provide Jobs once; useExisting gives it another token/,
    ],
  ])('%s', async (_, metadata, message) => {
    await expect(nest.run(metadata())).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(message),
    });
  });

  it('not one class whose second token is an alias (control)', async () => {
    class Jobs extends Base {}
    await nest.run({ providers: [Jobs, { provide: 'AGAIN', useExisting: Jobs }] });
  });
});
