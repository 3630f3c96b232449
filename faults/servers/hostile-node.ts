import type { Socket } from 'node:net';
import { HostileServer } from '../../test/support/hostile-server.js';

/** One way to misbehave: what to send for some bytes that came, or what to do with the socket. */
type Misdeed = (request: Buffer, socket: Socket, random: () => number) => Buffer | string | void;

const GIGABYTE = 1_073_741_824;
const BOMB = `a: &a ["x","x"]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: !!js/function "function(){ throw 1 }"\n`;

/** As a healthy node would answer so many commands, whatever they were. */
function plausible(request: Buffer): string {
  const commands = request
    .toString('latin1')
    .match(/^(?:put|use|watch|ignore|reserve|delete|release|bury|touch|peek)/gm);
  const replies: Readonly<Record<string, string>> = {
    put: 'INSERTED 7\r\n',
    use: 'USING faults\r\n',
    watch: 'WATCHING 2\r\n',
    ignore: 'WATCHING 1\r\n',
    reserve: 'TIMED_OUT\r\n',
    delete: 'NOT_FOUND\r\n',
    release: 'NOT_FOUND\r\n',
    bury: 'NOT_FOUND\r\n',
    touch: 'NOT_FOUND\r\n',
    peek: 'NOT_FOUND\r\n',
  };
  return (commands ?? []).map((command) => replies[command] ?? '').join('');
}

const MISDEEDS: readonly Misdeed[] = [
  (_request, _socket, random) => Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256))),
  (request) => `${plausible(request)}INSERTED 8\r\nDELETED\r\n`,
  () => 'RESERVED 1 99999999999\r\n',
  () => `RESERVED 1 ${GIGABYTE}\r\n`,
  () => 'RESERVED 1 -5\r\n',
  () => 'RESERVED 1 abc\r\n',
  () => 'RESERVED 1\r\n',
  () => 'RESERVED 5 3\r\nabcXY',
  () => `RESERVED 7 20\r\n${'\0'.repeat(22)}`,
  () => 'INSERTED\r\n',
  () => 'INSERTED 99999999999999999999\r\n',
  () => 'A'.repeat(65_536),
  () => 'INSERTED 4\n',
  () => `OK ${BOMB.length}\r\n${BOMB}\r\n`,
  () => '\r\n\r\n\r\n',
  () => undefined,
  (_request, socket) => void socket.end('INSER'),
  (_request, socket) => void socket.resetAndDestroy(),
  (request, socket) => drip(plausible(request), socket),
  (request) => plausible(request),
  (request) => plausible(request),
];

/** A node that answers what it likes, now and then even what it should. All that is random comes from `random`. */
export function startHostileNode(random: () => number): Promise<HostileServer> {
  return HostileServer.listen((request, socket) => {
    const misdeed = MISDEEDS[Math.floor(random() * MISDEEDS.length)] as Misdeed;
    return misdeed(request, socket, random);
  });
}

/** Byte by byte, each in a packet of its own. */
function drip(text: string, socket: Socket): void {
  const [first, rest] = [text.slice(0, 1), text.slice(1)];
  if (first === '' || !socket.writable) return;
  socket.write(first, () => setImmediate(() => drip(rest, socket)));
}
