// The events of this process, as browsers follow them.
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Http2ServerResponse } from 'node:http2';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqHandler } from 'nestjs-dq';
import { DqRuntime } from '../../lib/core/runtime.js';
import { Dashboard } from '../../lib/dashboard/dashboard.js';
import type { LiveEvent } from '../../lib/dashboard/wire.js';
import { Gate } from '../support/gate.js';
import { settles, until } from '../support/wait.js';
import { embeddedDashboards, type OpenDashboard, PLATFORMS } from './dashboard-bed.js';

const bed = embeddedDashboards();

class Orders {
  @DqHandler('orders', { concurrency: 100 })
  run(): void {}
}

/** A browser that follows. */
class Follower {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  text = '';
  ended = false;

  private constructor(request: ClientRequest, response: IncomingMessage, isReading: boolean) {
    this.request = request;
    this.response = response;
    response.on('error', () => {});
    response.on('close', () => (this.ended = true));
    if (isReading) response.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  static open(app: OpenDashboard, headers: Readonly<Record<string, string>> = {}, isReading = true): Promise<Follower> {
    return new Promise((resolve, reject) => {
      const request = get(`${app.url}/dq/api/live`, { headers, agent: false }, (response) =>
        resolve(new Follower(request, response, isReading)),
      );
      request.on('error', reject);
    });
  }

  get events(): readonly LiveEvent[] {
    const whole = this.text.slice(0, this.text.lastIndexOf('\n\n') + 1);
    return Array.from(whole.matchAll(/^data: (.*)$/gm), ([, data = '']) => JSON.parse(data) as LiveEvent);
  }

  close(): void {
    this.response.destroy();
  }
}

const followers: Follower[] = [];
async function follow(...args: Parameters<typeof Follower.open>): Promise<Follower> {
  const follower = await Follower.open(...args);
  followers.push(follower);
  return follower;
}
afterEach(() => {
  for (const follower of followers.splice(0)) follower.close();
});

/** The response, where somebody left it. */
type Asked = ServerResponse & Partial<Pick<Http2ServerResponse, 'stream'>>;

/** A guard that lets everybody in, once its gate is open, and whom it was asked for. */
function thinking(): { gate: Gate; asked: Asked[]; guard: CanActivate } {
  const gate = new Gate();
  const asked: Asked[] = [];
  const canActivate = async (context: ExecutionContext): Promise<boolean> => {
    const response = context.switchToHttp().getResponse<Asked & { readonly raw?: Asked }>();
    asked.push(response.raw ?? response);
    await gate.opened;
    return true;
  };
  return { gate, asked, guard: { canActivate } };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a browser is told what jobs do, in sentences and without payloads', async () => {
    const app = await bed.open({ platform, providers: [Orders] });
    const follower = await follow(app);
    expect(follower.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
    });
    const handle = await app.producer('orders').delay({ card: '4111' }, 0, { id: 'order-1' });
    await until(() => follower.events.some(({ type }) => type === 'job-completed'));
    expect(follower.events.filter(({ id }) => id === 'order-1')).toMatchObject([
      {
        type: 'job-scheduled',
        tube: 'orders',
        handle,
        level: 'debug',
        text: ['Job order-1 of tube orders is scheduled for ', expect.any(Number), '.'],
      },
      {
        type: 'job-started',
        handle: null,
        text: expect.stringMatching(/^Job order-1 of tube orders starts with attempt 1, \d+ ms after/),
      },
      {
        type: 'job-completed',
        text: expect.stringMatching(/^Job order-1 of tube orders completed with attempt 1, in \d+ ms\.$/),
      },
    ]);
    expect(follower.text).not.toContain('4111');
  });

  it('who asks for no body is not kept waiting, and takes no stream', async () => {
    const app = await bed.open({ platform });
    const asked = Promise.resolve(app.client.head('/dq/api/live').timeout(4_000));
    expect((await asked).headers['content-type']).toBe('text/event-stream; charset=utf-8');
  });

  it('who leaves while a guard still thinks takes no stream, and is not followed', async () => {
    const { gate, asked, guard } = thinking();
    const app = await bed.open({ platform, providers: [Orders], dashboard: { guards: [guard] } });
    const leaving = get(`${app.url}/dq/api/live`, { agent: false }).on('error', () => {});
    await until(() => asked[0]);
    leaving.destroy();
    await until(() => asked[0]?.destroyed);
    gate.open();
    // One who stays is let in behind it (control).
    const staying = await follow(app);
    const { streams } = app.nest.get(Dashboard, { strict: false });
    expect(streams.size).toBe(1);
    staying.close();
    await until(() => streams.size === 0);
    expect(app.nest.get(DqRuntime).parts.wanted['job-started']).toBe(false);
  });

  it('closing the application ends the streams that are open, and does not wait for them', async () => {
    const app = await bed.open({ platform });
    const all = await Promise.all([follow(app), follow(app), follow(app, {}, false)]);
    expect(await settles(app.nest.close(), 4_000)).toBe(true);
    await until(() => all.slice(0, 2).every(({ ended }) => ended));
  });
});

describe('over HTTP/2', () => {
  it('who leaves while a guard still thinks takes no stream', async () => {
    const { gate, asked, guard } = thinking();
    const app = await bed.open({ platform: 'Fastify', http2: true, dashboard: { guards: [guard] } });
    const client = connect(app.url);
    const leaving = client.request({ ':path': '/dq/api/live' }).on('error', () => {});
    await until(() => asked[0]);
    leaving.destroy();
    await until(() => asked[0]?.stream?.destroyed);
    gate.open();
    // One who stays is let in behind it (control).
    const staying = client.request({ ':path': '/dq/api/live' });
    await once(staying, 'response');
    expect(app.nest.get(Dashboard, { strict: false }).streams.size).toBe(1);
    staying.destroy();
    client.close();
    await once(client, 'close');
  });
});

describe('what each job tells', () => {
  it('is made only while a browser follows', async () => {
    const app = await bed.open({ providers: [Orders], queue: { onEvent: undefined } });
    const { wanted } = app.nest.get(DqRuntime).parts;
    const seen = (): unknown => ({ ...wanted });
    const meteredAlone = { 'job-scheduled': false, 'job-started': false, 'job-completed': true, 'job-again': false };
    expect(seen()).toEqual(meteredAlone);
    const [one, other] = [await follow(app), await follow(app)];
    expect(Object.values(wanted)).toEqual([true, true, true, true]);
    one.close();
    other.close();
    await until(() => !wanted['job-started']);
    expect(seen()).toEqual(meteredAlone);
  });
});

describe('a browser that comes later', () => {
  it('is told what the log had, and behind the last that it knows when it comes again', async () => {
    const app = await bed.open();
    await app.post('/dq/api/tubes/orders/resume');
    await app.post('/dq/api/tubes/orders/resume');
    const first = await follow(app);
    await until(() => first.events.length === 3);
    expect(first.events.map(({ type }) => type)).toEqual(['embedded-started', 'operator-action', 'operator-action']);
    const seq = first.events[1]?.seq ?? 0;
    const again = await follow(app, { 'last-event-id': String(seq) });
    await until(() => again.events.length > 0);
    expect(again.events.map((event) => event.seq)).toEqual([seq + 1]);
  });

  it('and who knows another process, such as the one before a deploy, is told all that this one had', async () => {
    const [before, now] = [await bed.open(), await bed.open()];
    for (let more = 0; more < 3; more++) await before.post('/dq/api/tubes/orders/resume');
    const known = await follow(before);
    await until(() => known.events.length === 4);
    await now.post('/dq/api/tubes/orders/resume');
    const again = await follow(now, { 'last-event-id': String(known.events.at(-1)?.seq) });
    await until(() => again.events.length === 2);
    // A page shows each number once.
    expect(new Set([...known.events, ...again.events].map(({ seq }) => seq)).size).toBe(6);
  });
});

describe('more than can be read', () => {
  it('is counted', async () => {
    const app = await bed.open({ providers: [Orders] });
    const follower = await follow(app);
    await app.producer('orders').delayMany(Array.from({ length: 200 }, () => ({ data: 1, delay: 0 })));
    const summary = await until(async () => {
      await app.producer('orders').delay(1, 0);
      return follower.events.find(({ type }) => type === 'left-out');
    });
    expect(summary.text).toMatch(/^\d+ more event\(s\) in one second are not shown\.$/);
    const seconds = new Map<number, number>();
    for (const { at } of follower.events) {
      const second = Math.floor(at / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect(Math.max(...seconds.values())).toBeLessThanOrEqual(51);
  });

  it('leaves out nothing that the log has', async () => {
    const app = await bed.open({ providers: [Orders] });
    const follower = await follow(app);
    await app.producer('orders').delayMany(Array.from({ length: 200 }, () => ({ data: 1, delay: 0 })));
    await until(() => follower.events.length >= 50);
    await app.post('/dq/api/tubes/orders/resume');
    await until(() => follower.events.some(({ type }) => type === 'operator-action'));
  });

  it('browsers are refused', async () => {
    const app = await bed.open();
    await Promise.all(Array.from({ length: 50 }, () => follow(app)));
    const { status, body } = await app.get('/dq/api/live');
    expect([status, body]).toMatchObject([503, { code: 'TOO_MANY' }]);
  });
});
