-- KEYS: job, leases, in_flight, dead letters, channel
-- ARGV: id, attempt that failed, attempts to give, stages, lease_ms, retention_s
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'doc', 'created_ms', 'deadline_ms')
if held[1] ~= 'failed' or held[2] ~= ARGV[2] or not held[3] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'queued', 'attempt', ARGV[2] + 1, 'last_attempt', ARGV[2] + ARGV[3],
  'stages', ARGV[4], 'queued_ms', now_ms(), 'deadline_ms', now_ms() + held[5] - held[4])
redis.call('HDEL', KEYS[1], 'problem', 'finished_ms', 'result')
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[6], 'NX')
redis.call('LREM', KEYS[4], 0, ARGV[1])
redis.call('ZADD', KEYS[2], now_ms() + ARGV[5], ARGV[1])
redis.call('PUBLISH', KEYS[5], ARGV[1])
return 1
