// What the dashboard shows of payloads, hostile ones too.
import { describe, expect, it } from '@jest/globals';
import { DqGiveUp, DqHandler } from 'nestjs-dq';
import type { DqDashboardSettings } from 'nestjs-dq/dashboard';
import type { DeadView } from '../../lib/dashboard/wire.js';
import { until } from '../support/wait.js';
import { type DashboardSetup, embeddedDashboards, type OpenDashboard, PLATFORMS } from './dashboard-bed.js';

const bed = embeddedDashboards();
const UNCUT = { maxBodyBytes: 1_000_000 };

class Orders {
  @DqHandler('orders')
  run(): void {
    throw new DqGiveUp('as it was told');
  }
}

async function withLetter(setup: DashboardSetup, data: unknown): Promise<OpenDashboard> {
  const app = await bed.open({ providers: [Orders], ...setup });
  await app.producer('orders').delay(data, 0, { id: 'order-1' });
  await until(async () => (await app.inspector.counts('orders'))[0]?.dead);
  return app;
}

/** Its payload, as the dashboard shows it. */
async function shown(setup: DashboardSetup, data: unknown): Promise<unknown> {
  const app = await withLetter(setup, data);
  return (await app.view<DeadView>('/dq/api/tubes/orders/dead')).letters[0]?.payload;
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each([
    ['<script>alert(1)</script>', '<script>alert(1)</script>', 25],
    ['javascript:alert(1)', 'javascript:alert(1)', 19],
    // Without the indents.
    [{ '</script>': '\u2028\u0000' }, '{\n  "</script>": "\u2028\\u0000"\n}', 25],
    [Buffer.from([255, 0, 255]), 'base64: /wD/', 3],
    ['a'.repeat(65_537 - 6), 'a'.repeat(65_537 - 6), 65_531],
  ])('the payload %.40j is text', async (data, text, bytes) => {
    const payload = { shown: true, text, bytes, cut: false };
    expect(await shown({ platform, queue: UNCUT }, data)).toEqual(payload);
  });
});

describe('payloads', () => {
  const letterOf = (payloads: DqDashboardSettings['payloads'], data: unknown): Promise<unknown> =>
    shown({ dashboard: { unguarded: true, payloads } }, data);

  it('are cut at 64 KiB, not in the middle of a character', async () => {
    const payload = { shown: true, text: `a${'é'.repeat(32_767)}`, bytes: 100_001, cut: true };
    expect(await shown({ queue: UNCUT }, `a${'é'.repeat(50_000)}`)).toEqual(payload);
  });

  it('are not shown where that is said', async () => {
    expect(await letterOf(false, { card: '4111' })).toEqual({ shown: false });
  });

  it('are shown as the application redacts them', async () => {
    const redact = (data: unknown, { tube }: { readonly tube: string }): unknown => ({
      ...(data as object),
      card: tube,
    });
    expect(await letterOf(redact, { card: '4111', total: 1 })).toMatchObject({
      shown: true,
      text: '{\n  "card": "orders",\n  "total": 1\n}',
    });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('4111');
      },
      { card: '4111' },
    ],
    ['gives a promise', () => Promise.resolve('4111'), { card: '4111' }],
    ['is given bytes', (data: unknown) => data, Buffer.from('4111')],
  ])('are not shown when the redaction %s', async (_what, redact, data) => {
    expect(await letterOf(redact, data)).toEqual({ shown: false });
  });

  it('and headers, reasons and events of them never are in what an action tells', async () => {
    const app = await withLetter({}, { card: '4111' });
    await app.post('/dq/api/tubes/orders/dead/delete', { id: 'order-1' });
    expect(JSON.stringify(app.events.filter(({ type }) => type === 'operator-action'))).not.toContain('4111');
  });
});
