-- KEYS: jobs of a person, leases, channel   ARGV: job prefix, answer prefix, in_flight prefix, jobs too
-- Job and answer keys follow from the ids that are found: this needs one server, not a cluster.
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, id in ipairs(ids) do
  local job = ARGV[1] .. id
  local held = redis.call('HMGET', job, 'state', 'fingerprint')
  if held[2] then redis.call('DEL', ARGV[2] .. held[2]) end
  if held[1] and not ENDED[held[1]] then redis.call('HSET', job, 'outdated', 1) end
  if ARGV[4] == '1' and held[1] then
    if not ENDED[held[1]] then settle(job, KEYS[2], ARGV[3] .. held[2], KEYS[3], id, 1) end
    redis.call('DEL', job)
  end
end
if ARGV[4] == '1' then redis.call('DEL', KEYS[1]) end
return #ids
