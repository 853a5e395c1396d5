/** The exchange below, as its body sees it. */
export interface Wire {
  resume(): void;
  /** Whether it keeps the process alive. */
  ref(alive: boolean): void;
  /** Drops the connection: the body will not be read to its end. */
  drop(): void;
}
