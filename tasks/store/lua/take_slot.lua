-- KEYS: slots, used by people, breaker that is open if only a reservation is wanted
-- ARGV: holder, slots, lease_ms, used_s (0 for what nobody waits for)
-- Returns -1 when the holder has a slot, 0 when all are taken, else for how many ms nobody is to ask.
if KEYS[3] then
  local left = redis.call('PTTL', KEYS[3])
  if left > 0 then return left end
end
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
if ARGV[4] ~= '0' then redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4]) end
return -1
