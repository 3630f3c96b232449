import { PRELUDE } from './prelude.js';

/**
 * KEYS: one claim. ARGV: copies, keep ms after the due time, due ms or '' when unknown, '1' when every copy was looked for and
 * none is left: without a claim such a job was over long ago, and its tombstone is only a precaution. Returns the state that holds now:
 * 'V' revoked, 'R' running, 'D' done, 'X' dead, 'F' foreign.
 */
export const REVOKE = `${PRELUDE}
local key = KEYS[1]
if sub(key, 1, 3) == 'dq:' then
  local admitted = call('GET', key .. '#')
  if admitted == 'dq1:F' then return 'V' end
  local generation = match(admitted or '', '^dq1:[PS]:([^:]*)')
  if generation then key = key .. '#' .. generation end
end
local value = call('GET', key)
local copies, gone, open = tonumber(ARGV[1]), 0, true
if value then
  local state, rest = match(value, '^dq1:(%a):(.*)$')
  if not state then return 'F' end
  if state == 'R' or state == 'D' or state == 'X' then return state end
  if state == 'V' then
    local known, before = match(rest, '^0:%-:(%d+):(%d+)$')
    copies, gone, open = math.max(copies, tonumber(known)), tonumber(before), call('PTTL', key) == -1
  end
end
local next = 'dq1:V:0:-:' .. copies .. ':' .. gone
if ARGV[4] == '1' and open then
  call('SET', key, next, 'PX', ARGV[2])
  if not value then return 'D' end
elseif ARGV[3] ~= '' then
  local ms = math.max(tonumber(ARGV[3]) - clock(), 0) + tonumber(ARGV[2])
  call('SET', key, next, 'PX', string.format('%.0f', ms))
elseif open then call('SET', key, next)
else call('SET', key, next, 'KEEPTTL') end
return 'V'
`;
