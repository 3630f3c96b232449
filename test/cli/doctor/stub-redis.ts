import { HostileServer } from '../../support/hostile-server.js';

/**
 * A server that speaks as a Redis does, knows INFO alone, and says there what the test wants. To other questions it says that it does not
 * know them, or, if it answers `only` that, nothing; who connects is greeted all the same.
 */
export function stubRedis(info: Readonly<Record<string, string>>, only?: 'INFO'): Promise<HostileServer> {
  const body = Object.entries(info)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
  return HostileServer.listen((request) =>
    Array.from(request.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g), ([, name = '']) =>
      name.toUpperCase() === 'INFO'
        ? `$${body.length}\r\n${body}\r\n`
        : only === undefined || name === 'hello' || name.toUpperCase() === 'CLIENT'
          ? `-ERR unknown command '${name}'\r\n`
          : '',
    ).join(''),
  );
}
