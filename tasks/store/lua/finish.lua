-- KEYS: job, leases, in_flight, answer, channel, pending decisions, lost decisions, stale, outbox
-- ARGV: id, attempt, state, stages, result, problem, answer_ttl_s, retention_s, decision, decisions kept, stale_s
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt')
if not held[1] or ENDED[held[1]] or held[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'stages', ARGV[4], 'result', ARGV[5],
  'problem', ARGV[6], 'finished_ms', now_ms())
if ARGV[3] ~= 'failed' then redis.call('HDEL', KEYS[1], 'doc') end  -- A failed job can be tried once more.
if tonumber(ARGV[7]) > 0 then
  redis.call('SET', KEYS[4], ARGV[1] .. ARGV[5], 'EX', ARGV[7])
  redis.call('SET', KEYS[8], ARGV[1], 'EX', ARGV[7] + ARGV[11])
end
if ARGV[9] ~= '' then
  if redis.call('HLEN', KEYS[6]) < tonumber(ARGV[10]) then redis.call('HSET', KEYS[6], ARGV[1], ARGV[9])
  else redis.call('INCR', KEYS[7]) end
end
settle(KEYS[1], KEYS[2], KEYS[3], KEYS[5], ARGV[1], ARGV[8], KEYS[9])
return 1
