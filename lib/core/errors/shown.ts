import { types } from 'node:util';

const LONGEST = 80;

/** A value as an error text shows it: its type and a short form. Never called with a payload. */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'string':
      return `the string ${JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value)}`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return `the ${typeof value} ${String(value)}`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (value instanceof Date)
        return Number.isNaN(value.getTime()) ? 'an invalid Date' : `the Date ${value.toISOString()}`;
      return `an object of ${value.constructor?.name ?? 'no class'}`;
  }
}

/** The text of anything that was thrown. */
export function textOf(error: unknown): string {
  return isError(error) ? messageOf(error) : shown(error);
}

/** The text of what a handler threw. What is no error may be the payload itself, so that only its type is told. */
export function faultText(thrown: unknown): string {
  if (isError(thrown)) return messageOf(thrown);
  if (thrown === null) return 'null was thrown';
  return typeof thrown === 'object'
    ? `an object of ${thrown.constructor?.name ?? 'no class'} was thrown, which is no Error`
    : `a value of type ${typeof thrown} was thrown, which is no Error`;
}

function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown) || thrown instanceof Error;
}

/** Never empty: a host with several addresses, none of which could be reached, gives an error that says nothing itself. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  const { errors } = error as Partial<AggregateError>;
  const messages = Array.isArray(errors) ? errors.flatMap((each) => (isError(each) ? each.message : [])) : [];
  return messages.filter((message) => message !== '').join(', ') || error.name;
}
