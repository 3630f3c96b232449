import { connect } from 'node:net';
import type { Clock } from '../../core/base/clock.js';
import type { Endpoint } from '../../core/wire/endpoint.js';

const LONGEST = 64;
/** What is said to whoever comes, or answers a line that beanstalkd does not know. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, 'an HTTP server'],
  [/^[+-](?:PONG|NOAUTH|ERR|DENIED|LOADING|NOPERM)/, 'a Redis'],
  [/^SSH-/, 'an SSH server'],
  [/^220[ -]/, 'a mail or FTP server'],
];

/** What kind of server answers at a port where a beanstalkd should; undefined when it cannot be told. */
export function strangerAt({ host, port }: Endpoint, clock: Clock, ms: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.write('PING\r\n\r\n'));
    const timer = clock.after(ms, () => socket.destroy());
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text = (text + bytes.toString('latin1')).slice(0, LONGEST);
      if (text.includes('\n') || text.length === LONGEST || nameOf(text) !== undefined) socket.destroy();
    });
    socket.on('error', () => {
      // Not even that: `close` follows.
    });
    socket.on('close', () => {
      timer.cancel();
      resolve(nameOf(text));
    });
  });
}

/** What TLS begins an alert with. */
const TLS_ALERT = '\u0015\u0003';

function nameOf(text: string): string | undefined {
  if (text.startsWith(TLS_ALERT)) return 'a server that speaks TLS';
  return SIGNS.find(([sign]) => sign.test(text))?.[1];
}
