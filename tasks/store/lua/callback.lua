-- KEYS: job, outbox   ARGV: id, callback, most callbacks of a job
-- Returns how many there were before when there is no room for another, 0 when it was taken.
local held = redis.call('HMGET', KEYS[1], 'state', 'callbacks')
if not held[1] then return false end
local lines = held[2] or ''
if not string.find('\n' .. lines .. '\n', '\n' .. ARGV[2] .. '\n', 1, true) then
  local _, count = string.gsub(lines, '[^\n]+', '')
  if count >= tonumber(ARGV[3]) then return count end
  redis.call('HSET', KEYS[1], 'callbacks', count == 0 and ARGV[2] or lines .. '\n' .. ARGV[2])
end
if ENDED[held[1]] then tell(KEYS[1], KEYS[2], ARGV[1], ARGV[2]) end
return 0
