import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { countResources, expectNoLeaks } from './leaks.js';

describe('leak check', () => {
  it('finds a timer, a listener and a socket that were left', async () => {
    const before = countResources();
    const timer = setTimeout(() => undefined, 60_000);
    await expect(expectNoLeaks(before, { timeout: 30 })).rejects.toThrow(/Timeout \d+ -> \d+/);
    clearTimeout(timer);

    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    await expect(expectNoLeaks(before, { timeout: 30 })).rejects.toThrow(/TCPServerWrap \d+ -> \d+/);

    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    await expect(expectNoLeaks(before, { timeout: 30 })).rejects.toThrow(/TCPSocketWrap \d+ -> \d+/);
    socket.destroy();
    server.close();
    await expectNoLeaks(before);
  });
});
