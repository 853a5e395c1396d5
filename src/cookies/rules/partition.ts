/**
 * The partition of a cookie (CHIPS) among the extensions of tough-cookie's `Cookie`: it has no
 * field for it.
 */
import type { CookieRecord } from '../../types/cookies.ts';
import { isPartitioned } from './stored-cookie.ts';

type Partition = Pick<CookieRecord, 'partitioned' | 'partitionKey'>;

const keyPrefix = 'PartitionKey=';

/** The extensions of a cookie; `null`, as tough-cookie has it, for none. */
export function toExtensions({ partitioned, partitionKey }: Partition): string[] | null {
  const extensions = partitioned ? ['Partitioned'] : [];
  if (partitionKey !== undefined) extensions.push(keyPrefix + partitionKey);
  return extensions.length > 0 ? extensions : null;
}

/** What the extensions of a cookie say. */
export function partitionOf(extensions: string[] | null): Partition {
  if (!extensions) return { partitioned: false };
  const key = extensions.find((extension) => extension.startsWith(keyPrefix));
  return {
    partitioned: isPartitioned({ extensions }),
    ...(key !== undefined && { partitionKey: key.slice(keyPrefix.length) }),
  };
}
