-- KEYS: job, leases, in_flight, answer, channel, pending decisions, lost decisions, stale, outbox,
--       the job that it refines if any, and the channel of progress
-- ARGV: id, attempt, state, stages, result, problem, answer_ttl_s, retention_s, decision, decisions kept, stale_s,
--       id of the job that it refines or nothing, until when a better answer may come or nothing
local held = redis.call('HMGET', KEYS[1], 'state', 'attempt', 'outdated')
if not held[1] or ENDED[held[1]] or held[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'stages', ARGV[4], 'result', ARGV[5],
  'problem', ARGV[6], 'finished_ms', now_ms())
if ARGV[13] ~= '' then redis.call('HSET', KEYS[1], 'refine_until_ms', ARGV[13]) end
if ARGV[3] ~= 'failed' then redis.call('HDEL', KEYS[1], 'doc') end  -- A failed job can be tried once more.
local cached = tonumber(ARGV[7]) > 0 and not held[3]
if cached and KEYS[10] then
  local answer = redis.call('GETRANGE', KEYS[4], 0, #ARGV[12] - 1)
  cached = answer == '' or answer == ARGV[12]
end
if cached then
  redis.call('SET', KEYS[4], ARGV[1] .. ARGV[5], 'EX', ARGV[7])
  redis.call('SET', KEYS[8], ARGV[1], 'EX', ARGV[7] + ARGV[11])
end
if cached and KEYS[10] and redis.call('EXISTS', KEYS[10]) == 1 then
  redis.call('HSET', KEYS[10], 'refined_by', ARGV[1])
  redis.call('PUBLISH', KEYS[11], ARGV[12])  -- It has ended before; who follows it looks again.
end
if ARGV[9] ~= '' then
  if redis.call('HLEN', KEYS[6]) < tonumber(ARGV[10]) then redis.call('HSET', KEYS[6], ARGV[1], ARGV[9])
  else redis.call('INCR', KEYS[7]) end
end
settle(KEYS[1], KEYS[2], KEYS[3], KEYS[5], ARGV[1], ARGV[8], KEYS[9])
return 1
