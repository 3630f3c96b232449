/**
 * KEYS: a key that is nobody's. ARGV: for how many ms its empty value is kept. Uses each command that scripts of this package use, without an
 * effect, and returns the names of those that failed, each with its error. Redis asks for the right before it looks at types and options: on
 * a text all commands of hashes, sorted sets and streams fail later than that.
 */
export const TRY_RIGHTS = `
local key, failed = KEYS[1], {}
local function try(...)
  local answer = redis.pcall(...)
  local fault = type(answer) == 'table' and answer.err
  if fault then
    failed[#failed + 1] = string.lower((...))
    failed[#failed + 1] = fault
  end
  return not fault
end
local stands = try('SET', key, '', 'PX', ARGV[1])
try('GET', key)
try('MGET', key)
try('PTTL', key)
try('PEXPIRE', key, ARGV[1])
try('TIME')
try('XADD', key, 'NOMKSTREAM', '*', 'f', 'v')
try('XTRIM', key, 'MAXLEN', '0')
try('XREVRANGE', key, '+', '-', 'COUNT', '1')
if stands then try('HSET', key, 'f', 'v') end
try('HGET', key, 'f')
try('HDEL', key, 'f')
try('HEXISTS', key, 'f')
try('HMGET', key, 'f')
try('HSCAN', key, '0')
try('ZADD', key, 'XX', '1', 'm')
try('ZREM', key, 'm')
try('ZRANGE', key, '0', '0')
try('ZRANGEBYSCORE', key, '0', '0')
try('DEL', key)
return failed
`;
