import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

/** The part of a client of the package `redis`, of one server or of a cluster, that is used. */
export interface NodeRedisLike {
  /** Whether it was connected. */
  readonly isOpen: boolean;
  /** Runs a script of Lua. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The part of a client of `ioredis` or `iovalkey`, of one server or of a cluster, that is used. */
export interface IORedisLike {
  /** Such as `ready`. */
  readonly status: string;
  /** Runs a script of Lua. */
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Runs a script of Lua at the server: one round trip, at once. */
export type RunScript = (script: string, keys: string[], values: string[]) => Promise<unknown>;

/** How a client runs a script: by `EVAL`, whose keys lead a cluster's client to the right node. */
export function scriptRunner(client: NodeRedisLike | IORedisLike): RunScript {
  const given: Partial<NodeRedisLike & IORedisLike> = Object(client);
  if (typeof given.eval !== 'function' || !(isNodeRedis(client) || isIORedis(client)))
    throw new InvalidRequestError(
      'client must be of redis, ioredis or iovalkey, as createClient() or new Redis() gives it',
    );
  return isNodeRedis(client)
    ? (script, keys, values) => client.eval(script, { keys, arguments: values })
    : (script, keys, values) => client.eval(script, keys.length, ...keys, ...values);
}

function isNodeRedis(client: NodeRedisLike | IORedisLike): client is NodeRedisLike {
  return 'isOpen' in client;
}

function isIORedis(client: NodeRedisLike | IORedisLike): client is IORedisLike {
  return 'status' in client;
}
