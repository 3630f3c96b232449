import { describe, expect, it } from '@jest/globals';
import type { NodeConnection, OnReply } from '../../../lib/core/cluster/node-connection.js';
import type { HostileServer } from '../../support/hostile-server.js';
import { until } from '../../support/wait.js';
import { DialBed } from './dial-bed.js';
import { type Dialed, putCommand } from './dialed.js';

type Send = (connection: NodeConnection, done: OnReply) => void;

const COMMANDS: readonly (readonly [string, Send, string, string])[] = [
  ['delete', (node, done) => node.delete(7, done), 'delete 7\r\n', 'NOT_FOUND\r\n'],
  ['release', (node, done) => node.release(7, 5, 60, done), 'release 7 5 60\r\n', 'RELEASED\r\n'],
  ['bury', (node, done) => node.bury(7, 5, done), 'bury 7 5\r\n', 'BURIED\r\n'],
  ['touch', (node, done) => node.touch(7, done), 'touch 7\r\n', 'TOUCHED\r\n'],
  ['peek', (node, done) => node.peek(7, done), 'peek 7\r\n', 'FOUND 7 1\r\nx\r\n'],
  ['kick-job', (node, done) => node.kickJob(7, done), 'kick-job 7\r\n', 'KICKED\r\n'],
  ['reserve', (node, done) => node.reserve(0, done), 'reserve-with-timeout 0\r\n', 'TIMED_OUT\r\n'],
  ['a blocking reserve', (node, done) => node.reserve(1, done), 'reserve-with-timeout 1\r\n', 'DEADLINE_SOON\r\n'],
  ['stats-job', (node, done) => node.statsJob(7, done), 'stats-job 7\r\n', 'NOT_FOUND\r\n'],
];

describe('connection', () => {
  const bed = new DialBed();
  let server: HostileServer;

  async function dial(answers: readonly string[]): Promise<Dialed> {
    server = await bed.listen(answers);
    return bed.dial(server.endpoint);
  }

  function wire(): string {
    return Buffer.concat(server.received).toString('latin1');
  }

  it.each(COMMANDS)('sends %s as the protocol has it, and gives its reply', async (_name, send, line, reply) => {
    const node = await dial([reply]);
    const answered = await node.ask(send).reply();
    expect(wire()).toBe(line);
    expect(answered.kind).toBe(reply.split(/[ \r]/)[0]);
  });

  it('reads statistics: of the node, of tubes that are there or not, of a job; what is missing is nothing', async () => {
    const texts = [
      '---\nid: 5b4bf8\nversion: "1.13"\ncmd-put: 7\nbinlog-current-index: 1\nbinlog-records-written: 9\ndraining: true\nuptime: 5\n' +
        'max-job-size: 65535\npid: 12\n',
      '---\nname: "a"\ncurrent-jobs-delayed: 4\ncurrent-jobs-ready: 3\ncurrent-jobs-reserved: 2\ncurrent-jobs-buried: 1\ncurrent-watching: 6\n',
      '---\ntube: "a"\nstate: buried\n',
    ];
    const [ofNode, ofTube, ofJob] = texts.map((text) => `OK ${text.length}\r\n${text}\r\n`);
    const node = await dial([`${ofNode}${ofTube}NOT_FOUND\r\n${ofJob}OK 0\r\n\r\n`]);
    const asked = [
      node.ask((connection, done) => connection.stats(done)),
      node.ask((connection, done) => connection.statsTube('a', done)),
      node.ask((connection, done) => connection.statsTube('b', done)),
      node.ask((connection, done) => connection.statsJob(1, done)),
      node.ask((connection, done) => connection.statsJob(2, done)),
    ];
    const counts = { records: 9, puts: 7, uptimeSeconds: 5, connections: 0, maxJobBytes: 65_535, pid: 12 };
    expect(await Promise.all(asked.map((one) => one.reply()))).toEqual([
      { kind: 'NODE_STATS', stats: { id: '5b4bf8', version: '1.13', draining: true, logs: true, ...counts } },
      { kind: 'TUBE_STATS', stats: { delayed: 4, ready: 3, reserved: 2, buried: 1, watching: 6 } },
      { kind: 'TUBE_STATS', stats: { delayed: 0, ready: 0, reserved: 0, buried: 0, watching: 0 } },
      { kind: 'JOB_STATS', stats: { tube: 'a', state: 'buried' } },
      { kind: 'JOB_STATS', stats: { tube: '', state: '' } },
    ]);
    expect(wire()).toBe('stats\r\nstats-tube a\r\nstats-tube b\r\nstats-job 1\r\nstats-job 2\r\n');
  });

  it('reads the names of tubes as they are, whatever YAML would make of them', async () => {
    const text = '---\n- default\n- 123\n- true\n- a;b$(c)\n';
    const node = await dial([`OK ${text.length}\r\n${text}\r\n`]);
    const answered = await node.ask((connection, done) => connection.listTubes(done)).reply();
    expect(wire()).toBe('list-tubes\r\n');
    expect(answered).toEqual({ kind: 'TUBES', names: ['default', '123', 'true', 'a;b$(c)'] });
  });

  it('puts text and bytes, and says use only when the tube changes', async () => {
    const node = await dial(['INSERTED 1\r\nUSING a\r\nINSERTED 2\r\nINSERTED 3\r\nUSING b\r\nINSERTED 4\r\n']);
    const puts = [
      node.put('grün'),
      node.put(Buffer.from([0, 13, 10, 255]), 'a'),
      node.put('', 'a'),
      node.put('x', 'b'),
    ];
    expect(await Promise.all(puts.map((put) => put.reply()))).toEqual(
      [1, 2, 3, 4].map((id) => ({ kind: 'INSERTED', id })),
    );
    const latin1 = Buffer.from('grün').toString('latin1');
    expect(wire()).toBe(
      `put 5 7 60 5\r\n${latin1}\r\nuse a\r\nput 5 7 60 4\r\n\u0000\r\n\u00ff\r\nput 5 7 60 0\r\n\r\nuse b\r\nput 5 7 60 1\r\nx\r\n`,
    );
  });

  it('sends what one turn gathers in one piece', async () => {
    const node = await dial(['DELETED\r\n'.repeat(50)]);
    await until(() => server.connections === 1);
    const all = Array.from({ length: 50 }, (_, id) => node.delete(id));
    await Promise.all(all.map((asked) => asked.reply()));
    expect(server.received).toHaveLength(1);
  });

  it('watches its tube and no other', async () => {
    const node = await dial(['WATCHING 2\r\nWATCHING 1\r\n', 'WATCHING 2\r\nWATCHING 1\r\n', 'WATCHING 1\r\n']);
    for (const tube of ['orders', 'mails', 'mails']) {
      expect(await node.ask((connection, done) => connection.watchOnly(tube, done)).reply()).toEqual({
        kind: 'WATCHING',
      });
    }
    expect(wire()).toBe('watch orders\r\nignore default\r\nwatch mails\r\nignore orders\r\nwatch mails\r\n');
  });

  it('peeks into a tube that it uses for that', async () => {
    const node = await dial(['USING orders\r\nFOUND 1 1\r\nx\r\n']);
    const found = await node.ask((connection, done) => connection.peekFirst('orders', 'buried', done)).reply();
    expect(found.kind).toBe('FOUND');
    expect(wire()).toBe('use orders\r\npeek-buried\r\n');
  });

  it('answers in order, whatever the pieces in which the replies come', async () => {
    const node = await dial([]);
    const asked = [
      node.put('x'),
      node.delete(),
      node.ask((connection, done) => connection.peek(3, done)),
      node.delete(),
    ];
    await until(() => server.received.length > 0);
    await server.sendInPieces('INSERTED 12\r\nDELETED\r\nFOUND 3 9\r\nDELETED\r\n\r\nNOT_FOUND\r\n', 1);
    const replies = await Promise.all(asked.map((one) => one.reply()));
    expect(replies).toEqual([
      { kind: 'INSERTED', id: 12 },
      { kind: 'DELETED' },
      { kind: 'FOUND', id: 3, body: Buffer.from('DELETED\r\n') },
      { kind: 'NOT_FOUND' },
    ]);
  });

  it('sends what was asked before it was open, once it is', async () => {
    const node = await dial(['DELETED\r\nDELETED\r\n']);
    const [first, second] = [node.delete(1), node.delete(2)];
    expect([node.connection.pending, node.connection.closed]).toEqual([2, false]);
    expect([(await first.reply()).kind, (await second.reply()).kind]).toEqual(['DELETED', 'DELETED']);
    expect([node.connection.pending, node.connection.waiting]).toEqual([0, 0]);
  });

  it('tells that the node says something', async () => {
    const node = await dial(['DELETED\r\n']);
    await until(() => server.connections === 1);
    expect(node.heard).toBe(0);
    await node.delete().reply();
    expect(node.heard).toBeGreaterThan(0);
  });

  it('lets a reply send the next command', async () => {
    const node = await dial(['DELETED\r\n', 'INSERTED 2\r\n']);
    const kinds: string[] = [];
    node.connection.delete(1, ({ kind }) => {
      kinds.push(kind);
      node.connection.put(putCommand('x'), (reply) => kinds.push(reply.kind));
    });
    await until(() => kinds.length === 2);
    expect(kinds).toEqual(['DELETED', 'INSERTED']);
  });

  it('lets a reply end the connection, and gives no reply after that', async () => {
    const node = await dial(['DELETED\r\nNOT_FOUND\r\n']);
    const kinds: string[] = [];
    node.connection.delete(1, ({ kind }) => {
      kinds.push(kind);
      node.connection.destroy();
    });
    node.connection.delete(2, ({ kind }) => kinds.push(kind));
    await node.closed();
    expect(kinds).toEqual(['DELETED', 'LOST']);
  });
});
