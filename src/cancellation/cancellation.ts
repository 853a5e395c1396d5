/** Who may end a call, and what ends with it. */
import { longestTimer } from './deadline.ts';

/**
 * Something under way that can be ended from outside: a queued or running exchange, a wait, a body.
 */
export interface Cancellable {
  cancel(reason: unknown): void;
}

/**
 * The cancellations that follow a signal, behind one listener: Node takes the eleventh for a leak,
 * and any number of calls may share a signal.
 */
const followers = new WeakMap<AbortSignal, Followers>();

class Followers extends Set<Cancellation> {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    super();
    this.#signal = signal;
    signal.addEventListener('abort', this.#cancel);
  }

  /** By a closure: polyfills do not say whose event it is, and older workerd not by `this`. */
  readonly #cancel = (): void => {
    for (const cancellation of this) cancellation.cancel(reasonOf(this.#signal));
  };

  end(): void {
    followers.delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#cancel);
  }
}

/** A signal of a polyfill may know no reason: it has the default one of the DOM standard. */
function reasonOf(signal: AbortSignal): unknown {
  return 'reason' in signal
    ? signal.reason
    : new DOMException('This operation was aborted', 'AbortError');
}

/**
 * The reach of one cancellation: the caller's signal, the total deadline and `session.destroy()`
 * meet here, and everything under way hangs on it. It costs nothing until something hangs on it: no
 * `AbortSignal.any`, no controller unless somebody asks for {@link Cancellation.signal}.
 */
export class Cancellation implements Cancellable {
  aborted = false;
  reason: unknown;
  /** Nothing is under way. */
  idle = true;
  /** Most calls have one thing under way at a time, and make no Set of others. */
  #first: Cancellable | undefined;
  #others: Set<Cancellable> | undefined;
  #followed: AbortSignal | undefined;
  #controller: AbortController | undefined;

  /** Follows a signal until {@link release}. */
  follow(signal: AbortSignal): void {
    if (signal.aborted) {
      this.cancel(reasonOf(signal));
      return;
    }
    this.#followed = signal;
    let all = followers.get(signal);
    if (!all) followers.set(signal, (all = new Followers(signal)));
    all.add(this);
  }

  cancel(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const cancellable of this.attached) cancellable.cancel(reason);
    this.#first = this.#others = undefined;
    this.idle = true;
    this.#controller?.abort(reason);
    this.release();
    this.onIdle();
  }

  attach(cancellable: Cancellable): void {
    if (this.aborted) {
      cancellable.cancel(this.reason);
      return;
    }
    this.idle = false;
    if (this.#first) (this.#others ??= new Set()).add(cancellable);
    else this.#first = cancellable;
  }

  /** One goes on as another, or ends: both at once would need a set. */
  replace(cancellable: Cancellable, next: Cancellable | undefined): void {
    if (next && this.#first === cancellable) this.#first = next;
    else {
      if (next) this.attach(next);
      this.detach(cancellable);
    }
  }

  detach(cancellable: Cancellable): void {
    if (this.#first === cancellable) this.#first = undefined;
    else this.#others?.delete(cancellable);
    this.idle = !this.#first && !this.#others?.size;
    if (this.idle) this.onIdle();
  }

  /** What is under way. */
  get attached(): Cancellable[] {
    return [...(this.#first ? [this.#first] : []), ...(this.#others ?? [])];
  }

  /** A hook for the owner: the last thing under way has ended. */
  onIdle(): void {}

  /** Stops following the caller's signal. */
  release(): void {
    const signal = this.#followed;
    const all = signal && followers.get(signal);
    if (all?.delete(this) && !all.size) all.end();
  }

  /**
   * For a body that is here and not read: it holds nothing, so that nothing is followed for it.
   * What has ended since is found out when it is read.
   */
  catchUp(): void {
    if (this.#followed?.aborted) this.cancel(reasonOf(this.#followed));
  }

  /** All of the above as one signal, for middleware and transports that want one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /** What `promise` settles to, unless this is cancelled first: for what may not end by itself. */
  async within<T>(promise: Promise<T>): Promise<T> {
    // It is set at once: a promise runs its executor.
    let cancellable!: Cancellable;
    try {
      return await Promise.race([
        promise,
        new Promise<never>((_, cancel) => this.attach((cancellable = { cancel }))),
      ]);
    } finally {
      this.detach(cancellable);
    }
  }
}

/**
 * A cancellation inside another, which a middleware made by handing on another signal. While
 * something hangs on it, it hangs on its parent and follows its own signal; with no signal it
 * follows the parent alone.
 */
export class ChildCancellation extends Cancellation {
  readonly #parent: Cancellation;
  readonly #signal: AbortSignal | undefined;
  #joined: AbortSignal | undefined;

  constructor(parent: Cancellation, signal: AbortSignal | undefined) {
    super();
    this.#parent = parent;
    this.#signal = signal;
  }

  override attach(cancellable: Cancellable): void {
    if (this.idle && !this.aborted) {
      this.#parent.attach(this);
      if (this.#signal && !this.aborted) this.follow(this.#signal);
    }
    super.attach(cancellable);
  }

  override onIdle(): void {
    this.release();
    this.#parent.detach(this);
  }

  override catchUp(): void {
    this.#parent.catchUp();
    if (this.#parent.aborted) this.cancel(this.#parent.reason);
    else if (this.#signal?.aborted) this.cancel(reasonOf(this.#signal));
  }

  override get signal(): AbortSignal {
    return (this.#joined ??= this.#signal
      ? AbortSignal.any([this.#parent.signal, this.#signal])
      : this.#parent.signal);
  }
}

/**
 * Waits `ms`, or rejects with the reason of the cancellation as soon as there is one. It keeps a
 * Node process alive, like every call that is awaited.
 */
export async function wait(ms: number, cancellation: Cancellation): Promise<void> {
  let timer;
  try {
    await cancellation.within(
      new Promise((resolve) => (timer = setTimeout(resolve, Math.min(ms, longestTimer)))),
    );
  } finally {
    clearTimeout(timer);
  }
}
