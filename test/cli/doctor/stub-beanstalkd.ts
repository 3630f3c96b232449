import { HostileServer } from '../../support/hostile-server.js';

/** A server that says of itself what the test wants, and otherwise that there is nothing; or nothing, if it answers `only` one command. */
export function stubBeanstalkd(
  stats: Readonly<Record<string, string | number>>,
  only?: 'stats',
): Promise<HostileServer> {
  const fields = { id: 'abc', version: '1.13', draining: 'false', 'max-job-size': 65_535, ...stats };
  const body = `---\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}`;
  return HostileServer.listen((request) =>
    request
      .toString('latin1')
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => {
        if (line === 'stats') return `OK ${body.length}\r\n${body}\r\n`;
        if (only !== undefined) return '';
        if (line === 'list-tubes') return 'OK 14\r\n---\n- default\n\r\n';
        return 'NOT_FOUND\r\n';
      })
      .join(''),
  );
}
