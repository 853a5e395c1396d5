/** What keeps retries from making an outage worse: for each origin a bucket of them. */

/** Retries that a full bucket holds. */
const capacity = 100;
/** Beyond so many origins, the one that has failed first is forgotten. */
const maxOrigins = 1000;

interface Bucket {
  retries: number;
  /** When it was last filled by time, by `performance.now()`. */
  filledAt: number;
}

/** The buckets that are not full, by origin: of those whose calls are repeated. */
export class RetryBudget {
  readonly #buckets = new Map<string, Bucket>();

  /** A call to an origin begins, and adds its part of a retry. */
  add(origin: string, part: number): void {
    const bucket = this.#buckets.get(origin);
    if (!bucket) return;
    fillByTime(bucket);
    bucket.retries += part;
    if (bucket.retries >= capacity) this.#buckets.delete(origin);
  }

  /** Takes out a retry; `false`: there is none. */
  take(origin: string): boolean {
    const bucket = this.#buckets.get(origin) ?? this.#newBucket(origin);
    fillByTime(bucket);
    if (bucket.retries < 1) return false;
    bucket.retries--;
    return true;
  }

  #newBucket(origin: string): Bucket {
    const bucket = { retries: capacity, filledAt: performance.now() };
    this.#buckets.set(origin, bucket);
    const [first] = this.#buckets.keys();
    if (this.#buckets.size > maxOrigins && first !== undefined) this.#buckets.delete(first);
    return bucket;
  }
}

/** One a second. */
function fillByTime(bucket: Bucket): void {
  const now = performance.now();
  bucket.retries = Math.min(capacity, bucket.retries + (now - bucket.filledAt) / 1000);
  bucket.filledAt = now;
}
