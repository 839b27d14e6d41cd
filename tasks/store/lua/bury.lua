-- KEYS: job, leases, in_flight, channel, dead letters, outbox   ARGV: id, attempt, problem, kept, retention_s
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if not held[1] or ENDED[held[1]] or held[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'failed', 'problem', ARGV[3], 'finished_ms', now_ms())
redis.call('LPUSH', KEYS[5], ARGV[1])
redis.call('LTRIM', KEYS[5], 0, ARGV[4] - 1)
settle(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[5], KEYS[6])
return 1
