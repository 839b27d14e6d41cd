-- KEYS: schedule, then the runs of each job   ARGV: name, what it is as JSON, ... in the same order
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV))
for i = 2, #KEYS do redis.call('HSETNX', KEYS[i], 'known_ms', string.format('%.0f', now_ms())) end
return #KEYS - 1
