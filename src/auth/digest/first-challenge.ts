import { comesInTime } from '../shared/comes-in-time.ts';

/** Beyond so many keys, the oldest is forgotten. */
const mostKept = 1000;

/** Of the call that asks for all others. */
export interface Turn {
  /** It is known what is asked there: the others go on. */
  answer(): void;
  /** The call has ended; without an answer, another one asks. */
  end(): void;
}

/**
 * Lets one call ask where nobody knows yet whether there is a challenge, so that a thousand at once
 * cause one and not a thousand. What is slow to answer holds nobody up for long.
 */
export class FirstChallenge {
  /** Who asks, until it is answered. */
  readonly #asking = new Map<string, Promise<void>>();
  /** Places that have answered once. */
  readonly #known = new Set<string>();

  /** Waits for the answer of another call. The result is for the one who is to ask. */
  async enter(place: string, signal: AbortSignal | undefined): Promise<Turn | undefined> {
    while (!this.#known.has(place)) {
      const asking = this.#asking.get(place);
      if (!asking) return this.#ask(place);
      if (!(await comesInTime(asking, signal))) break;
    }
    return undefined;
  }

  #ask(place: string): Turn {
    let release!: () => void;
    this.#asking.set(place, new Promise<void>((resolve) => (release = resolve)));
    const end = (): void => {
      this.#asking.delete(place);
      release();
    };
    const answer = (): void => {
      this.#known.add(place);
      const [oldest] = this.#known;
      if (this.#known.size > mostKept && oldest !== undefined) this.#known.delete(oldest);
      end();
    };
    return { answer, end };
  }
}
