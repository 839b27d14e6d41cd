-- KEYS: job, leases, channel   ARGV: id, attempt, step, doc, stages, lease_ms
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if held[1] ~= 'running' or held[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'step', ARGV[3], 'doc', ARGV[4], 'stages', ARGV[5])
redis.call('ZADD', KEYS[2], now_ms() + ARGV[6], ARGV[1])
redis.call('PUBLISH', KEYS[3], ARGV[1])
return 1
