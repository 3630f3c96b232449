// A handle comes from outside: from a column, a form, another service. It is believed no further than nodes and ids bear it out.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqHandleError } from '../../lib/core/errors/argument.errors.js';
import type { App } from '../support/app.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const YEAR_MS = 365 * 86_400_000;

const servers = new TestBed();
afterEach(async () => {
  await servers.heal();
  await servers.wipe();
});
const bed = specBed(servers);

const copiesOf = (handle: string): string[] => handle.split(',').slice(0, -1);
const withoutId = (handle: string): string => copiesOf(handle).join(',');

async function refusal(app: App, tube: string, handle: string): Promise<string> {
  const before = await bed.claims();
  const error: unknown = await app
    .producer(tube)
    .revoke(handle)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DqHandleError);
  expect((await bed.claims()).length).toBe(before.length);
  return (error as Error).message;
}

/** Until all copies are there: a third may come after its call has resolved. */
async function written(tube: string, jobs = 1): Promise<void> {
  await until(async () => (await bed.copiesOnEach(tube)).every(({ delayed }) => delayed === jobs));
}

describe('a handle without an id', () => {
  it("on a native tube is refused, and the job that has the numbers now, a stranger's, stays", async () => {
    const { app, tube } = bed.idle();
    const handle = await app.producer(tube).delay("a stranger's", '1h');
    await written(tube);
    for (const cut of [withoutId(handle), copiesOf(handle)[0]!, copiesOf(handle).slice(0, 2).join(',')])
      expect(await refusal(app, tube, cut)).toContain('ends in the id of its job');
    await written(tube);
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
  });

  it('on a plain tube means the plain job that two nodes show, as of Go services (control)', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    const handle = await app.producer(tube).delay('x', '1h');
    await written(tube);
    expect(await app.producer(tube).revoke(withoutId(handle))).toBe('revoked');
    await bed.drained();
  });

  it('on a plain tube never means a native job, which another service wrote there', async () => {
    const tube = bed.tube();
    const writer = bed.app({ tubes: [tube] });
    const handle = await writer.producer(tube).delay("a stranger's", '1h');
    await written(tube);
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    await refusal(app, tube, withoutId(handle));
    await written(tube);
  });
});

describe('a handle with copies', () => {
  it('on a node that is not of this installation is refused, and says which nodes are; an id alone revokes nothing', async () => {
    const { app, tube } = bed.running();
    const handle = await app.producer(tube).delay('a reminder', 1_500, { id: 'reminder-42' });
    const stranger = 'x:1/' + tube + '/1';
    for (const copies of [[stranger], [...copiesOf(handle), stranger], [stranger, copiesOf(handle)[0]!]]) {
      const message = await refusal(app, tube, [...copies, 'reminder-42'].join(','));
      expect(message).toContain('"x:1"');
      for (const endpoint of bed.cluster.endpoints) expect(message).toContain(endpoint);
    }
    const [run] = await app.runs.next();
    expect(run!.data).toBe('a reminder');
    await bed.drained();
  });

  it('twice on one node is refused', async () => {
    const { app, tube } = bed.idle();
    const handle = await app.producer(tube).delay('x', '1h');
    const [copy] = copiesOf(handle);
    const id = handle.split(',').at(-1)!;
    expect(await refusal(app, tube, `${copy},${copy},${id}`)).toContain('one copy on each node');
    const [endpoint] = copy!.split('/');
    await refusal(app, tube, `${copy},${endpoint}/${tube}/99999,${id}`);
  });

  it.each([1_600_000, 40_000_000])('of %d characters is refused before it is read', async (length) => {
    const { app, tube } = bed.idle();
    const copy = `${bed.cluster.node(0).endpoint}/${tube}/1,`;
    const message = await refusal(app, tube, `${copy.repeat(length / copy.length)}job`);
    expect(message).toMatch(/of at most \d{4} characters here, got \d+\. Store it whole/);
    expect(message.length).toBeLessThan(300);
    await refusal(app, tube, `${copy}${'i'.repeat(length)}`);
    await refusal(app, tube, ','.repeat(length));
  });

  it.each(['0', '-1', '007', '1.5', '1e3', '0x1', '9007199254740993', '99999999999999999', '', ' 1', '１'])(
    'of number %j is refused',
    async (number) => {
      const tube = bed.tube();
      await refusal(bed.app({ tubes: [tube] }), tube, `${bed.cluster.node(0).endpoint}/${tube}/${number},job`);
    },
  );

  it('of another tube, where the id names another job, does nothing to that', async () => {
    const [tube, other] = [bed.tube(), bed.tube()];
    const app = bed.app({ tubes: [tube, other] });
    const handle = await app.producer(other).delay('stays', '1h', { id: 'order-42' });
    await written(other);
    // As if its nodes had been restarted, and had given the numbers to the other tube's job.
    await app.producer(tube).revoke(handle.replaceAll(`/${other}/`, `/${tube}/`));
    await written(other);
    expect(await app.producer(other).revoke(handle)).toBe('revoked');
  });

  it('is refused embedded too: of servers, twice, too long, without an id', async () => {
    const { producer } = bed.embedded();
    const handle = await producer.delay('x', '1h', { id: 'reminder-42' });
    const copy = handle.split(',')[0]!;
    for (const text of [
      '10.0.0.1:11300/work/1,reminder-42',
      `${copy},10.0.0.1:11300/work/1,reminder-42`,
      `${copy},${copy},reminder-42`,
      copy,
      `${`${copy},`.repeat(100_000)}reminder-42`,
    ])
      await expect(producer.revoke(text)).rejects.toThrow(DqHandleError);
    expect(await producer.revoke(handle)).toBe('revoked');
  });
});

describe('a tombstone', () => {
  it('of an id that nobody knows has an end, whether its nodes say that there is no such job or say nothing', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 500 });
    const handleOf = (id: string): string =>
      bed.cluster.endpoints.map((node) => `${node}/${tube}/99999`).join(',') + `,${id}`;
    expect(await app.producer(tube).revoke(handleOf('never-was'))).toBe('done');
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    expect(await app.producer(tube).revoke(handleOf('unknown'))).toBe('revoked');
    expect(await app.producer(tube).revoke(handleOf('0'.repeat(32)))).toBe('revoked');
    const claims = await bed.claims();
    expect(claims).toHaveLength(4);
    for (const { ttl } of claims) {
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThan(YEAR_MS + 8 * 86_400_000);
    }
  });

  it('of a job that no node can show holds for a year and the retention, also once one does', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 500 });
    const handle = await bed.naming(() => app.producer(tube).delay('taken back', 3_000));
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
    const [open] = await bed.claims();
    expect(open!.ttl).toBeGreaterThan(YEAR_MS + 7 * 86_400_000);
    await bed.heal();
    await until(
      async () =>
        (await app.producer(tube).revoke(handle)) === 'revoked' &&
        (await bed.copiesOnEach(tube)).every(({ delayed, ready }) => delayed + ready === 0),
    );
    const [known] = await bed.claims();
    expect(known!.ttl).toBeGreaterThan(YEAR_MS + 6 * 86_400_000);
  });
});
