// onEvent and the logger: their faults are told, and never harm the work.
import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { DqHandler, type DqEvent, DqModule, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { failOnLeaks } from '../support/leaks.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/wait.js';

failOnLeaks();

class Jobs {
  @DqHandler('work', { attempts: 2, backoff: { type: 'fixed', delay: 1 } })
  run({ n }: { readonly n: number }): void {
    throw new Error(`no ${n}`);
  }
}

/** Runs jobs that fail twice, and returns the lines that were written. */
async function linesWith(onEvent: (event: DqEvent) => unknown, jobs = 3): Promise<string[]> {
  const lines: string[] = [];
  const level = (name: string) => (line: string) => void lines.push(`${name} ${line}`);
  let buried = 0;
  const queue = DqModule.forRoot({
    embedded: true,
    tubes: ['work'],
    logger: { log: level('log'), warn: level('warn'), error: level('error') },
    onEvent: (event): void => {
      if (event.type === 'copy-buried') buried++;
      return onEvent(event) as void;
    },
  });
  const module = await Test.createTestingModule({ imports: [queue], providers: [Jobs] }).compile();
  await module.init();
  for (let n = 0; n < jobs; n++) await module.get<DqProducer>(getDqProducerToken('work')).delay({ n }, 0);
  await until(() => buried === jobs);
  await module.close();
  return lines;
}

describe('onEvent that fails', () => {
  it.each<[string, (event: DqEvent) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no metrics');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no metrics'))],
    [
      'rejects later',
      async () => {
        await Promise.resolve();
        throw new Error('no metrics');
      },
    ],
  ])(
    'is told with its error, once for each kind of event, and every job goes its way: it %s',
    async (_how, onEvent) => {
      const lines = await linesWith(onEvent);
      const told = lines.filter((line) => line.includes('no metrics'));
      const kinds = ['embedded-started', 'job-failed', 'job-dead', 'copy-buried'];
      expect(told.map((line) => kinds.find((kind) => line.includes(`failed when it got ${kind}`)))).toEqual(kinds);
      for (const line of told)
        expect(line).toMatch(/^error The function onEvent failed .* \[at .*event-listeners\.spec\.ts/);
      expect(lines.filter((line) => /2 more listener-failed events/.test(line))).toHaveLength(3);
    },
  );

  it('is told even when what it throws cannot be put into words', async () => {
    const lines = await linesWith(() => {
      throw Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('trapped');
        },
      });
    }, 1);
    expect(lines.filter((line) => line.startsWith('error The function onEvent failed'))).toHaveLength(4);
  });

  it('does not get its own failures', async () => {
    const told: string[] = [];
    await linesWith(({ type }) => {
      told.push(type);
      throw new Error('no metrics');
    });
    expect(told).not.toContain('listener-failed');
  });
});

describe('a log line', () => {
  const lines: string[] = [];
  const logger = { log: () => {}, warn: (line: string) => void lines.push(line), error: () => {} };
  /** Of a job that failed so. */
  function written(error: Error): readonly string[] {
    lines.length = 0;
    const failed = { tube: 'orders', id: 'a', handler: 'Jobs.run', attempt: 1, retryMs: 1, tookMs: 1, lateMs: 0 };
    new DqEventLog(logger, new ManualClock()).write({ type: 'job-failed', ...failed, error });
    return lines;
  }

  it.each([
    ['U+202E', '\u202e'],
    ['U+2066', '\u2066'],
    ['U+200B', '\u200b'],
    ['U+200F', '\u200f'],
    ['U+061C', '\u061c'],
    ['U+FEFF', '\ufeff'],
    ['U+2060', '\u2060'],
    ['U+00AD', '\u00ad'],
    ['U+E0041', '\u{e0041}'],
    ['half of a pair', '\ud83d'],
  ])('has nothing in it that cannot be seen, and says what it was: %s', (_name, sign) => {
    const error = new Error(`card ${sign}declined`);
    expect(written(error)).toHaveLength(1);
    const code = (sign.codePointAt(0) as number).toString(16);
    const shown = code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
    expect(lines[0]).toContain(`card ${shown}declined`);
    expect(lines[0]).not.toContain(sign);
  });

  it('keeps the words and signs of every language', () => {
    const error = new Error('کارت می\u200cشود, карта отклонена, 👩\u200d🚀 é');
    expect(written(error)[0]).toContain(error.message);
  });

  it('is bounded and quick, whatever the text', () => {
    const error = new Error('\u202e'.repeat(5_000_000));
    expect(written(error)[0]?.length).toBeLessThan(1_100);
  });

  it('goes to a logger that throws or rejects without harm', async () => {
    const broken = { log: () => {}, warn: () => Promise.reject(new Error('no disk')), error: () => {} };
    const log = new DqEventLog(broken, new ManualClock());
    log.write({ type: 'store-warning', reason: 'one' });
    await new Promise((resolve) => setImmediate(resolve));
  });
});
