export interface Reply {
  /** The whole first line, without its CRLF. */
  readonly line: string;
  /** Its first word. */
  readonly word: string;
  /** Empty when the reply has none. */
  readonly body: Buffer;
}

const withBody = /^(?:OK|RESERVED \d+|FOUND \d+) (\d+)$/;

/** Cuts beanstalkd's stream into replies, however it was split on the way. */
export class ReplyReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the replies that are complete by now */
  read(bytes: Buffer): Reply[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const replies: Reply[] = [];
    for (let reply = this.#next(); reply; reply = this.#next()) replies.push(reply);
    return replies;
  }

  #next(): Reply | undefined {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return undefined;
    const line = this.#rest.subarray(0, end).toString();
    const size = withBody.exec(line)?.[1];
    const bodyEnd = end + 2 + Number(size ?? 0);
    const next = size === undefined ? bodyEnd : bodyEnd + 2;
    if (this.#rest.length < next) return undefined;
    const body = Buffer.from(this.#rest.subarray(end + 2, bodyEnd));
    this.#rest = this.#rest.subarray(next);
    return { line, word: line.split(' ')[0] ?? '', body };
  }
}
