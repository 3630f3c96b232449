// Who may see the dashboard, who may act, and what a hostile page can do.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { map } from 'rxjs';
import type { Response } from 'supertest';
import { describe, expect, it } from '@jest/globals';
import type { FailureView, JobView, MetaView } from '../../lib/dashboard/wire.js';
import { ACTING, embeddedDashboards, type OpenDashboard, PLATFORMS } from './dashboard-bed.js';

const bed = embeddedDashboards();
const ASSET = /assets\/\w+\//;

interface Visitor {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

@Injectable()
class Users {
  knows(name: string | undefined): boolean {
    return name === 'ann' || name === 'bob';
  }
}

@Module({ providers: [Users], exports: [Users] })
class UsersModule {}

function visitorOf(context: ExecutionContext): string | undefined {
  return context.switchToHttp().getRequest<Visitor>().headers['x-user'];
}

@Injectable()
class AdminGuard implements CanActivate {
  readonly #users: Users;

  constructor(users: Users) {
    this.#users = users;
  }

  canActivate(context: ExecutionContext): boolean {
    return this.#users.knows(visitorOf(context));
  }
}

const PAUSE = '/dq/api/tubes/orders/pause';
const RESUME = '/dq/api/tubes/orders/resume';
const without = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(ACTING).filter(([name]) => !names.includes(name)));

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a guard stands before the page, its files, its API and its actions', async () => {
    const dashboard = { guards: [AdminGuard], imports: [UsersModule] };
    const app = await bed.open({ platform, dashboard });
    const page = (await app.client.get('/dq').set('x-user', 'ann')).text;
    const asset = `/dq/${ASSET.exec(page)?.[0]}main.js`;
    for (const path of ['/dq', asset, '/dq/api/meta', '/dq/api/tubes', '/dq/api/live', '/dq/api/job?handle=a']) {
      expect([path, (await app.get(path)).status]).toEqual([path, 403]);
    }
    expect((await app.post(RESUME)).status).toBe(403);
    for (const path of ['/dq', asset, '/dq/api/meta', '/dq/api/tubes'])
      expect([path, (await app.client.get(path).set('x-user', 'ann')).status]).toEqual([path, 200]);
    expect((await app.post(RESUME, {}, { ...ACTING, 'x-user': 'ann' })).status).toBe(200);
  });

  it.each([
    ['another type', { ...ACTING, 'content-type': 'text/plain' }],
    ['no header of its own', without('x-dq-dashboard')],
    ['another page of the same site', { ...ACTING, 'sec-fetch-site': 'same-site' }],
    ['another site', { ...ACTING, 'sec-fetch-site': 'cross-site' }],
    ['neither word of where it comes from', without('sec-fetch-site')],
    ['an origin of elsewhere', { ...without('sec-fetch-site'), origin: 'http://evil.example' }],
    ['an origin that is hidden', { ...without('sec-fetch-site'), origin: 'null' }],
  ])('an action with %s is refused', async (_what, headers) => {
    const app = await bed.open({ platform });
    const { status, body } = await app.post(RESUME, {}, headers);
    expect([status, (body as FailureView).code]).toEqual([403, 'CROSS_SITE']);
    expect(app.events.filter(({ type }) => type === 'operator-action')).toEqual([]);
  });

  it('an action of the page is done, also where the browser sends only its origin (control)', async () => {
    const app = await bed.open({ platform });
    expect((await app.post(RESUME)).status).toBe(200);
    expect((await app.post(RESUME, {}, { ...without('sec-fetch-site'), origin: app.url })).status).toBe(200);
  });

  describe('without guards', () => {
    const asking = async (app: OpenDashboard, path: string, host: string): Promise<Response> =>
      app.client.get(path).set('host', host);

    it.each(['evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', 'dq', ''])(
      'who asks from this machine for the host %j, which may be that of another site, is refused, and told what to do',
      async (host) => {
        const app = await bed.open({ platform });
        for (const path of ['/dq', '/dq/api/meta', '/dq/api/live', '/dq/assets/0/main.js'])
          expect([path, (await asking(app, path, host)).status]).toEqual([path, 403]);
        const { text } = await asking(app, '/dq', host);
        expect(text).toMatch(/as localhost or by an address.*Open it as http:\/\/localhost:\d+.*guards/);
        expect((await app.post(RESUME, {}, { ...ACTING, host })).status).toBe(403);
        expect(app.events.filter(({ type }) => type === 'operator-action')).toEqual([]);
      },
    );

    it.each([
      'localhost',
      'localhost:3000',
      'LOCALHOST.',
      'shop.localhost:1',
      '127.0.0.1:3000',
      '[::1]:3000',
      '10.0.0.7',
    ])('who asks for %s is let in (control)', async (host) => {
      const app = await bed.open({ platform });
      expect((await asking(app, '/dq', host)).status).toBe(200);
      expect((await app.post(RESUME, {}, { ...ACTING, host })).status).toBe(200);
    });

    it('another site reads nothing, also where the application lets all others read it', async () => {
      const app = await bed.open({ platform, prepare: (nest) => nest.enableCors({ origin: true, credentials: true }) });
      const reading = (headers: Readonly<Record<string, string>>): Promise<Response> =>
        Promise.resolve(app.client.get('/dq/api/meta').set(headers));
      const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      for (const headers of [
        foreign,
        { origin: foreign.origin },
        { origin: 'null' },
        { ...foreign, origin: 'http://localhost:1' },
      ]) {
        const { status, text } = await reading(headers);
        expect([status, text]).toEqual([403, expect.stringContaining('read by its own page')]);
      }
      // Its own page, a link from elsewhere, and a browser that says where it is (controls).
      for (const header of [
        ['sec-fetch-site', 'same-origin'] as const,
        ['sec-fetch-site', 'cross-site'] as const,
        ['origin', app.url] as const,
      ])
        expect((await reading({ [header[0]]: header[1] })).status).toBe(200);
    });

    it('a dashboard with guards has whatever name it is given', async () => {
      const dashboard = { guards: [AdminGuard], imports: [UsersModule] };
      const app = await bed.open({ platform, dashboard });
      for (const path of ['/dq', '/dq/api/meta'])
        expect((await app.client.get(path).set('x-user', 'ann').set('host', 'evil.example')).status).toBe(200);
    });
  });

  it('who may only look is refused on the server, and told so by meta', async () => {
    const readOnly = (context: ExecutionContext): boolean => visitorOf(context) !== 'ann';
    const app = await bed.open({ platform, dashboard: { unguarded: true, readOnly, actor: visitorOf } });
    const ann = { ...ACTING, 'x-user': 'ann' };
    const refused = await app.post(PAUSE, { confirm: 'orders' });
    expect([refused.status, (refused.body as FailureView).code]).toEqual([403, 'READ_ONLY']);
    expect((await app.view<MetaView>('/dq/api/meta')).readOnly).toBe(true);
    expect((await app.client.get('/dq/api/meta').set('x-user', 'ann')).body).toMatchObject({ readOnly: false });
    expect((await app.post(RESUME, {}, ann)).status).toBe(200);
    expect(app.events.filter(({ type }) => type === 'operator-action')).toEqual([
      { type: 'operator-action', what: 'resume', tube: 'orders', subject: undefined, by: 'ann' },
    ]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no session');
      },
    ],
    ['gives a promise', () => Promise.resolve(false) as unknown as boolean],
  ])('a readOnly that %s allows nothing', async (_what, readOnly) => {
    const app = await bed.open({ platform, dashboard: { unguarded: true, readOnly } });
    expect((await app.post(RESUME)).status).toBe(403);
    expect((await app.view<MetaView>('/dq/api/meta')).readOnly).toBe(true);
  });

  it.each([
    [PAUSE, { reason: 'as I like' }],
    [PAUSE, { confirm: 'order' }],
    ['/dq/api/tubes/orders/dead/retry', { all: true }],
    ['/dq/api/tubes/orders/dead/delete', { all: true, confirm: '' }],
  ])('%s with %j is not done until the name of the tube is typed', async (path, body) => {
    const app = await bed.open({ platform });
    const answer = await app.post(path, body);
    expect([answer.status, (answer.body as FailureView).code]).toEqual([409, 'NOT_CONFIRMED']);
    expect(await app.inspector.paused()).toEqual([]);
  });

  it.each([
    ['no object', '[]', 400],
    ['no JSON', '{"a"', 400],
    ['a field that is no text', '{"id":{"a":1}}', 400],
    ['a field of the prototype', '{"__proto__":{"id":"a"}}', 400],
    ['too much', JSON.stringify({ id: 'a'.repeat(20_000) }), 413],
  ])('a body that is %s is refused', async (_what, text, status) => {
    const app = await bed.open({ platform });
    const answer = await app.client.post('/dq/api/tubes/orders/dead/retry').set(ACTING).send(text);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/node_modules|at \w+ \(/);
  });

  it('data is not kept, sniffed, framed or referred from', async () => {
    const app = await bed.open({ platform });
    for (const answer of [await app.get('/dq/api/tubes'), await app.get('/dq/api/job'), await app.post(RESUME)]) {
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'application/json; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });

  it('the pipes, interceptors and parsers of the application do not break it', async () => {
    const app = await bed.open({
      platform,
      bodyParser: false,
      prepare: (nest) => {
        nest.useGlobalInterceptors({
          intercept: (_context, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
        });
        nest.useGlobalPipes({ transform: (value: unknown) => ({ value }) });
      },
    });
    expect((await app.get('/dq')).text).toContain('<!doctype html>');
    expect((await app.view<MetaView>('/dq/api/meta')).title).toBe('Jobs');
    expect(await app.view<JobView>('/dq/api/job?tube=orders&id=a')).toMatchObject({ tube: 'orders', id: 'a' });
    expect((await app.post(PAUSE, { confirm: 'orders' })).body).toMatchObject({ done: true });
  });
});

describe('over HTTP/2', () => {
  async function statusFor(url: string, authority: string, host: string | undefined): Promise<unknown> {
    const client = connect(url);
    const request = client.request({ ':path': '/dq', ':authority': authority, ...(host && { host }) });
    const [headers] = (await once(request, 'response')) as [Readonly<Record<string, unknown>>];
    client.close();
    request.resume();
    await once(client, 'close');
    return headers[':status'];
  }

  it.each([
    ['evil.example', undefined, 403],
    ['evil.example', 'localhost', 403],
    ['localhost:3000', undefined, 200],
    ['[::1]', 'evil.example', 200],
  ])('who asks a dashboard without guards for %s, whatever the header Host says (%s), gets %i', async (...row) => {
    const [authority, host, status] = row;
    const app = await bed.open({ platform: 'Fastify', http2: true });
    expect(await statusFor(app.url, authority, host)).toBe(status);
  });
});
