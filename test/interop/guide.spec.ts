// The guide for those who have Go services says what is so: its code is the code that is compiled and run here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';
import { root } from '../../scripts/root.mjs';
import { AppModule, MailService, OrderJobs } from './guide-app.js';

const GUIDE = readFileSync(join(root, 'docs', 'guides', 'with-go.md'), 'utf8');
const APP = readFileSync(join(root, 'test', 'interop', 'guide-app.ts'), 'utf8');

const blocks = [...GUIDE.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, code = '']) => ({ language, code }));
/** However far it is indented. */
const lines = (code: string): string => code.replaceAll(/^\s+/gm, '');

describe('docs/guides/with-go.md', () => {
  it('has no code but that of its application', () => {
    expect(blocks.length).toBeGreaterThan(3);
    for (const { language, code } of blocks) {
      expect(language).toBe('ts');
      expect(lines(APP)).toContain(lines(code));
    }
  });

  it('has an application that starts, runs what Go schedules, and schedules what Go runs', async () => {
    const moduleRef = await useDqTesting(Test.createTestingModule({ imports: [AppModule] })).compile();
    await moduleRef.init();
    const dq = moduleRef.get(DqTesting);
    await dq.run('orders', { id: '42' });
    expect(moduleRef.get(OrderJobs).cancelled).toEqual(['42']);

    const mails = moduleRef.get(MailService);
    const handle = await mails.remind('a@example.org');
    await mails.sendFrame(Buffer.from([2, 0, 255]));
    await expect(mails.sendFrame(Buffer.from([1]))).rejects.toMatchObject({ code: 'DQ_PAYLOAD' });
    expect(dq.scheduled('mails')).toMatchObject([{ data: { to: 'a@example.org' } }]);
    expect(await mails.forget(handle)).toBe('revoked');
    await moduleRef.close();
  });
});
