type Answers = (request: Buffer) => string;

/**
 * The answers of a Redis that knows INFO alone, and says there what the test wants. To other questions it says that it does not know them,
 * or, if it answers `only` that, nothing; who connects is greeted all the same.
 */
export function redisSaying(info: Readonly<Record<string, string>>, only?: 'INFO'): Answers {
  const body = Object.entries(info)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
  return (request) =>
    Array.from(request.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g), ([, name = '']) =>
      name.toUpperCase() === 'INFO'
        ? `$${body.length}\r\n${body}\r\n`
        : only === undefined || name === 'hello' || name.toUpperCase() === 'CLIENT'
          ? `-ERR unknown command '${name}'\r\n`
          : '',
    ).join('');
}

/** The answers of a beanstalkd that says of itself what the test wants, and otherwise that there is nothing; or nothing, if it answers `only` one command. */
export function beanstalkdSaying(stats: Readonly<Record<string, string | number>>, only?: 'stats'): Answers {
  const fields = { id: 'abc', version: '1.13', draining: 'false', 'max-job-size': 65_535, ...stats };
  const body = `---\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}`;
  return (request) =>
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
      .join('');
}
