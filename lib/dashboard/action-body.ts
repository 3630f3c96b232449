import type { IncomingMessage } from 'node:http';
import { shown } from '../core/errors/shown.js';
import { Refusal } from './failure.js';
import type { Incoming } from './incoming.js';

const MOST_BYTES = 16 * 1_024;
const LONGEST_TEXT = 4_096;

/** What an action was sent, whichever parser the application has, or none. */
export class ActionBody {
  readonly #fields: Readonly<Record<string, unknown>>;

  private constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  /** @throws Refusal */
  static async of(request: Incoming): Promise<ActionBody> {
    if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
    let { body } = request;
    if (body === undefined) body = await read(request.raw ?? (request as unknown as IncomingMessage));
    if (Buffer.isBuffer(body)) body = body.toString('utf8');
    if (typeof body === 'string') body = parse(body);
    else if (Buffer.byteLength(JSON.stringify(body)) > MOST_BYTES) throw tooLarge();
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw unfit('the body', 'an object', body);
    return new ActionBody(body as Record<string, unknown>);
  }

  /** @throws Refusal */
  text(name: string): string {
    const value = this.textOrNone(name);
    if (value === undefined || value === '') throw unfit(name, 'a text', value);
    return value;
  }

  /** @throws Refusal */
  textOrNone(name: string): string | undefined {
    const value = this.#own(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.length > LONGEST_TEXT)
      throw unfit(name, `a text of at most ${LONGEST_TEXT} characters`, value);
    return value;
  }

  /** @throws Refusal */
  moment(name: string): number {
    const value = this.#own(name);
    if (typeof value !== 'number' || !Number.isFinite(value)) throw unfit(name, 'epoch milliseconds', value);
    return value;
  }

  isTrue(name: string): boolean {
    return this.#own(name) === true;
  }

  /** That the operator has typed the tube's name. @throws Refusal */
  confirms(tube: string): void {
    if (this.#own('confirm') === tube) return;
    throw new Refusal(
      409,
      'NOT_CONFIRMED',
      `Expected the name of the tube to be typed, which is "${tube}", got something else.`,
    );
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }
}

/** Where the application parses no bodies. */
async function read(stream: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  if (!stream.readable) return '{}';
  for await (const part of stream) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).length;
    if (bytes > MOST_BYTES) throw tooLarge();
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): unknown {
  if (Buffer.byteLength(text) > MOST_BYTES) throw tooLarge();
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'Expected a body of JSON, got something else.');
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, 'TOO_LARGE', `Expected a body of at most ${MOST_BYTES} bytes, got a larger one.`);
}

function unfit(name: string, wanted: string, got: unknown): Refusal {
  return new Refusal(400, 'BAD_REQUEST', `Expected ${name} to be ${wanted}, got ${shown(got)}.`);
}
