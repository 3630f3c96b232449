import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqEndpointError } from '../../../lib/core/errors/argument.errors.js';
import { parseEndpoint } from '../../../lib/core/wire/endpoint.js';

describe('endpoint', () => {
  it.each([
    ['10.0.0.1:11300', '10.0.0.1', 11300],
    ['localhost:1', 'localhost', 1],
    ['Node_1.example.com:65535', 'Node_1.example.com', 65_535],
    ['[::1]:11300', '::1', 11300],
    ['[2001:DB8::7]:11300', '2001:DB8::7', 11300],
    ['[::ffff:10.0.0.1]:11300', '::ffff:10.0.0.1', 11300],
    ['beanstalkd-0.beanstalkd:11300', 'beanstalkd-0.beanstalkd', 11300],
  ])('%s is read', (text, host, port) => {
    expect(parseEndpoint(text)).toEqual({ name: text, host, port });
  });

  it('is read from any host and port', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4());
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        expect(parseEndpoint(`${name}:${port}`)).toEqual({ name: `${name}:${port}`, host: name, port });
      }),
    );
    fc.assert(fc.property(fc.ipV6(), (name) => expect(parseEndpoint(`[${name}]:11300`)).toMatchObject({ host: name })));
  });

  it.each([
    ['nothing', ''],
    ['a host alone', '10.0.0.1'],
    ['a port alone', ':11300'],
    ['no port after the colon', '10.0.0.1:'],
    ['port 0', '10.0.0.1:0'],
    ['a port above 65535', '10.0.0.1:65536'],
    ['a port of six digits', '10.0.0.1:011300'],
    ['a negative port', '10.0.0.1:-1'],
    ['a fractional port', '10.0.0.1:113.5'],
    ['a hexadecimal port', '10.0.0.1:0x2c'],
    ['a service name', 'localhost:beanstalk'],
    ['a scheme', 'tcp://10.0.0.1:11300'],
    ['a beanstalkd URL', 'beanstalkd://10.0.0.1:11300'],
    ['a user', 'me@10.0.0.1:11300'],
    ['a path', '10.0.0.1:11300/orders'],
    ['a comma', '10.0.0.1:11300,10.0.0.2:11300'],
    ['a space', ' 10.0.0.1:11300'],
    ['a newline', '10.0.0.1:11300\n'],
    ['IPv6 without brackets', '::1:11300'],
    ['brackets around no IPv6', '[10.0.0.1]:11300'],
    ['an open bracket', '[::1:11300'],
    ['IPv6 of too many groups', '[1:2:3:4:5:6:7:8:9]:11300'],
    ['empty brackets', '[]:11300'],
    ['a unix socket', '/run/beanstalkd.sock'],
    ['a number', 11300],
    ['null', null],
    ['undefined', undefined],
    ['an object', { host: '10.0.0.1', port: 11300 }],
  ])('is not read from %s', (_what, text) => {
    expect(() => parseEndpoint(text)).toThrow(DqEndpointError);
  });

  it('is refused with what came and what it should be', () => {
    expect(() => parseEndpoint('10.0.0.1')).toThrow(
      'Expected a beanstalkd endpoint as host:port, such as 10.0.0.1:11300 or [::1]:11300, got the string "10.0.0.1".',
    );
  });
});
