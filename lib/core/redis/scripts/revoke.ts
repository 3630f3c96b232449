import { PRELUDE } from './prelude.js';

/**
 * KEYS: one claim. ARGV: copies, keep ms after the due time, due ms or '' when unknown, '1' when every copy was looked for and
 * none is left: without a claim such a job was over long ago, and its tombstone is only a precaution; keep ms when the due time is
 * unknown, unless a claim says how long copies may come. Returns the state that holds now: 'V' revoked, 'R' running, 'D' done, 'X' dead, 'F' foreign.
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
local copies, gone, kept = tonumber(ARGV[1]), 0, 0
if value then
  local state, rest = match(value, '^dq1:(%a):(.*)$')
  if not state then return 'F' end
  if state == 'R' or state == 'D' or state == 'X' then return state end
  kept = call('PTTL', key)
  if state == 'V' then
    local known, before = match(rest, '^0:%-:(%d+):(%d+)$')
    copies, gone = math.max(copies, tonumber(known)), tonumber(before)
  end
end
local next = 'dq1:V:0:-:' .. copies .. ':' .. gone
local ms = tonumber(ARGV[2])
if ARGV[3] ~= '' then ms = ms + math.max(tonumber(ARGV[3]) - clock(), 0)
elseif kept > 0 then ms = kept
elseif ARGV[4] ~= '1' then ms = tonumber(ARGV[5]) end
call('SET', key, next, 'PX', string.format('%.0f', ms))
if ARGV[4] == '1' and not value then return 'D' end
return 'V'
`;
