/** What runs at the server, each as one step that nothing comes between. */

/** The version and the data of a session. */
export const loadScript = `return redis.call('HMGET', KEYS[1], 'version', 'data')`;

/**
 * Saves in the place of the version that is expected, and by no smaller fence than before.
 * Arguments: the expected version or nothing, the new one, the data, the life in ms or nothing, the
 * fence or nothing.
 */
export const saveScript = `
local old = redis.call('HMGET', KEYS[1], 'version', 'fence')
if (old[1] or '') ~= ARGV[1] then return 0 end
if ARGV[5] ~= '' then
  if old[2] and tonumber(ARGV[5]) < tonumber(old[2]) then return 0 end
  redis.call('HSET', KEYS[1], 'fence', ARGV[5])
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'data', ARGV[3])
if ARGV[4] == '' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1`;

/** Forgets a session. */
export const deleteScript = `return redis.call('DEL', KEYS[1])`;

/**
 * Takes a lock that nobody has, and gives the next fence: the server's time, but always more than
 * the last one. Arguments: who takes it, and for how long in ms.
 */
export const acquireScript = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fence = math.max((tonumber(redis.call('GET', KEYS[2])) or 0) + 1, now)
redis.call('SET', KEYS[2], string.format('%.0f', fence))
return string.format('%.0f', fence)`;

/** Lets a lock last anew, if it is still held by who asks. */
export const extendScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Gives a lock back, if it is still held by who asks. */
export const releaseScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;
