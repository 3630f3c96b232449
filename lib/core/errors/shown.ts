import { types } from 'node:util';

const LONGEST = 80;
/** Of a string that was thrown: it may be the whole message. */
const LONGEST_THROWN = 200;
/** Of a message, before it is cut: nobody reads more, and a reason travels. */
const LONGEST_MESSAGE = 2_000;
const MOST_ERRORS = 10;
const MOST_NAMES = 20;
const UNSEEN = 'an object that cannot be read';

/** Change how a text reads without being seen: direction, width and marks. Joiners stay, since words and signs are made with them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const JOINERS: ReadonlySet<string> = new Set(['\u200c', '\u200d']);

/** Of a URL, up to the last @: who asks, and the password, which may have any character, also those that it should not. */
const CREDENTIALS = /([a-z][a-z\d+.-]*:\/\/).*@/gis;
/** The same in a sentence. */
const WORD_WITH_CREDENTIALS = /([a-z][a-z\d+.-]*:\/\/)[^\s"'`]*@/gi;

/** A text of others without the user and password of URLs in it. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(WORD_WITH_CREDENTIALS, '$1***@');
}

/** A value as an error text shows it: its type and a short form. Never called with a payload. Never throws, whatever the value is. */
export function shown(value: unknown): string {
  try {
    return formOf(value);
  } catch {
    return UNSEEN;
  }
}

/** So many names, and how many there are more. */
export function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return names.slice(0, MOST_NAMES).join(', ') + more;
}

/** The text of anything that was thrown. Never throws. */
export function textOf(error: unknown): string {
  return messageOf(error) ?? shown(error);
}

/**
 * The text of what a handler threw. An object that is no error may be the payload itself, so that only its type is told. Never throws, and
 * is never long.
 */
export function faultText(thrown: unknown): string {
  const message = messageOf(thrown);
  if (message !== undefined) return message;
  if (thrown === null) return 'null was thrown';
  return `${typeof thrown === 'string' ? quoted(thrown, LONGEST_THROWN) : shown(thrown)} was thrown, which is not an Error`;
}

/** The name of an error's class, for where its message may show a payload. Never throws. */
export function nameOf(error: unknown): string {
  try {
    const { name } = error as Partial<Error>;
    return isError(error) && typeof name === 'string' && name !== '' ? name.slice(0, LONGEST) : 'unknown error';
  } catch {
    return 'unknown error';
  }
}

/** The same text with all that is invisible in it written out, as in `\u202e`. */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, (sign) => (JOINERS.has(sign) ? sign : escaped(sign)));
}

function escaped(sign: string): string {
  const code = (sign.codePointAt(0) as number).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

function formOf(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'string':
      return quoted(value.replaceAll(CREDENTIALS, '$1***@'), LONGEST);
    case 'number':
    case 'bigint':
    case 'boolean':
      return `the ${typeof value} ${String(value).slice(0, LONGEST)}`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (types.isDate(value))
        return Number.isNaN(value.getTime()) ? 'an invalid Date' : `the Date ${value.toISOString()}`;
      return `an object of ${className(value) ?? 'no class'}`;
  }
}

function quoted(text: string, longest: number): string {
  return `the string ${visible(JSON.stringify(text.length > longest ? `${text.slice(0, longest)}...` : text))}`;
}

function className(value: object): string | undefined {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' ? name.slice(0, LONGEST) : undefined;
}

function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown) || thrown instanceof Error;
}

/** Undefined for what is no error. Never empty: a host with several addresses, none of which could be reached, gives one that says nothing itself. */
function messageOf(thrown: unknown): string | undefined {
  try {
    if (!isError(thrown)) return undefined;
  } catch {
    return undefined;
  }
  try {
    const own = ownMessage(thrown);
    if (own !== '') return own;
    const { errors } = thrown as Partial<AggregateError>;
    const others = Array.isArray(errors) ? errors.slice(0, MOST_ERRORS) : [];
    const messages = others.flatMap((each: unknown) => (isError(each) ? ownMessage(each) : []));
    return messages.filter((message) => message !== '').join(', ') || nameOf(thrown);
  } catch {
    return 'an Error whose message cannot be read';
  }
}

/** Cut, and empty where something else than a text stands in its place. */
function ownMessage({ message }: { readonly message: unknown }): string {
  if (typeof message !== 'string') return '';
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message;
}
