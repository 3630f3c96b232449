import { describe, expect, it } from '@jest/globals';
import { HostileServer } from './hostile-server.js';
import { countResources, expectNoLeaks } from './leaks.js';
import { RawClient } from './raw-client.js';
import { until } from './wait.js';

describe('hostile server', () => {
  it('answers what it is told, piece by piece', async () => {
    const before = countResources();
    const hostile = await HostileServer.listen(['OK 3\r\nabc\r\n', 'GARBAGE\r\n']);
    const client = await RawClient.connect(hostile.port);
    expect((await client.command('stats')).body.toString()).toBe('abc');
    expect((await client.command('stats')).word).toBe('GARBAGE');
    const third = client.command('stats');
    await until(() => hostile.received.length === 3);
    await hostile.sendInPieces('OK 5\r\na\r\nbc\r\n', 1);
    expect((await third).body.toString()).toBe('a\r\nbc');
    expect([hostile.connections, hostile.accepted]).toEqual([1, 1]);
    await hostile.close();
    await client.close();
    await expectNoLeaks(before);
  });
});
