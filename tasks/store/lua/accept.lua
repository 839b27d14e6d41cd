-- KEYS: job, in_flight, leases, recent jobs, the jobs of the person if it is about one   ARGV: id, job prefix, lease_ms, retention_s, recent jobs kept, field, value, ...
local running = redis.call('GET', KEYS[2])
if running then
  local state = redis.call('HGET', ARGV[2] .. running, 'state')
  if state and not ENDED[state] then return running end
end
redis.call('HSET', KEYS[1], 'queued_ms', now_ms(), unpack(ARGV, 6))
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], now_ms() + ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[4], now_ms(), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -ARGV[5] - 1)
if KEYS[5] then
  redis.call('ZADD', KEYS[5], now_ms(), ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[5], 0, now_ms() - ARGV[4] * 1000)
  redis.call('EXPIRE', KEYS[5], ARGV[4])
end
return ARGV[1]
