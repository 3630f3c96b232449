import { HostileServer } from '../../support/hostile-server.js';

/** A server that speaks as a Redis does, knows INFO alone, and says there what the test wants. */
export function stubRedis(info: Readonly<Record<string, string>>): Promise<HostileServer> {
  const body = Object.entries(info)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
  return HostileServer.listen((request) =>
    Array.from(request.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g), ([, name = '']) =>
      name.toUpperCase() === 'INFO' ? `$${body.length}\r\n${body}\r\n` : `-ERR unknown command '${name}'\r\n`,
    ).join(''),
  );
}
