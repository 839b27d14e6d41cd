-- KEYS: job, in_flight, leases   ARGV: id, job prefix, lease_ms, retention_s, field, value, ...
local running = redis.call('GET', KEYS[2])
if running then
  local state = redis.call('HGET', ARGV[2] .. running, 'state')
  if state and not ENDED[state] then return running end
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
redis.call('ZADD', KEYS[3], now_ms() + ARGV[3], ARGV[1])
return ARGV[1]
