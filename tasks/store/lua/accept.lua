-- KEYS: job, in_flight, leases, the jobs of the person if it is about one   ARGV: id, job prefix, lease_ms, retention_s, field, value, ...
-- An entry that is there was accepted before, whatever became of it since.
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local running = redis.call('GET', KEYS[2])
if running then
  local state = redis.call('HGET', ARGV[2] .. running, 'state')
  if state and not ENDED[state] then return running end
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], now_ms() + ARGV[3], ARGV[1])
if KEYS[4] then
  redis.call('ZADD', KEYS[4], now_ms(), ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[4], 0, now_ms() - ARGV[4] * 1000)
  redis.call('EXPIRE', KEYS[4], ARGV[4])
end
return ARGV[1]
