-- KEYS: job, leases, in_flight, channel, outbox   ARGV: id, retention_s
local state = redis.call('HGET', KEYS[1], 'state')
if not state or ENDED[state] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'cancelled', 'finished_ms', now_ms())
settle(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[2], KEYS[5])
return 1
