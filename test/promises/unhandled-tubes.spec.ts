// A tube that this process should read and that has no handler is a warning at boot; a process that only schedules is not warned.
import { Injectable } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { DqHandler, DqModule, DqProducer } from 'nestjs-dq';
import { EmbeddedNest } from './embedded-nest.js';

const nest = new EmbeddedNest();

class Jobs {
  @DqHandler('a')
  run(): void {}
}

describe('a warning', () => {
  it('names the tubes without a handler', async () => {
    await nest.run({ providers: [Jobs] }, { tubes: ['a', 'b', 'c'] });
    expect(nest.tubeLines).toEqual([
      'warn: Tubes: a (Jobs.run, 10 at once); no handler here: b, c. Put each class with @DqHandler among providers or controllers, or ' +
        'list the tubes of this process in consume.',
    ]);
  });

  it('comes where no handler was found at all, and where only a feature module has the tube', async () => {
    await nest.run({ imports: [DqModule.forFeature('reports')] }, { tubes: [] });
    expect(nest.tubeLines).toEqual([
      expect.stringMatching(/^warn: Tubes: no handler here: reports\. .*consume: false/),
    ]);
  });

  it('comes for the default tube where somebody injects its producer', async () => {
    @Injectable()
    class Service {
      constructor(readonly producer: DqProducer) {}
    }
    await nest.run({ providers: [Jobs, Service] }, { tubes: ['a'] });
    expect(nest.tubeLines).toEqual([expect.stringMatching(/^warn: .*no handler here: dq-default\./)]);
  });
});

describe('no warning', () => {
  it.each([
    ['a process that only schedules', { consume: false }],
    ['one whose list of tubes is empty', { consume: [] }],
    ['one whose list leaves them to others', { consume: ['a'] }],
  ])('for %s', async (_, options) => {
    await nest.run({ providers: [Jobs] }, { tubes: ['a', 'b'], ...options });
    expect(nest.tubeLines).toEqual([expect.stringMatching(/^log: /)]);
  });

  it("where every tube has a handler, and the default tube is nobody's (control)", async () => {
    await nest.run({ providers: [Jobs] }, { tubes: ['a'] });
    expect(nest.tubeLines).toEqual(['log: Tubes: a (Jobs.run, 10 at once).']);
  });
});
