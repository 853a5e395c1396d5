/** Who may end a call, and what ends with it. */
import { longestTimer } from './deadline.ts';

/**
 * Something under way that can be ended from outside: a queued or running exchange, a wait, a body.
 */
export interface Cancellable {
  cancel(reason: unknown): void;
}

/**
 * The scopes that follow a signal, behind one listener: Node takes the eleventh for a leak, and any
 * number of calls may share a signal.
 */
const followers = new WeakMap<AbortSignal, Set<Cancellation>>();

// Not by `this`: at its older compatibility dates, workerd does not set it.
function cancelFollowers({ target }: Event): void {
  const signal = target as AbortSignal;
  for (const scope of followers.get(signal) ?? []) scope.cancel(signal.reason);
}

/**
 * The reach of one cancellation: the caller's signal, the total deadline and `session.destroy()`
 * meet here, and everything under way hangs on it. It costs nothing until something hangs on it: no
 * `AbortSignal.any`, no controller unless somebody asks for {@link Cancellation.signal}.
 */
export class Cancellation implements Cancellable {
  aborted = false;
  reason: unknown;
  /** Most calls have one thing under way at a time, and make no Set. */
  #target: Cancellable | undefined;
  #others: Set<Cancellable> | undefined;
  #source: AbortSignal | undefined;
  #controller: AbortController | undefined;

  /** Follows a signal until {@link release}. */
  follow(signal: AbortSignal): void {
    if (signal.aborted) {
      this.cancel(signal.reason);
      return;
    }
    this.#source = signal;
    let all = followers.get(signal);
    if (!all) {
      followers.set(signal, (all = new Set()));
      signal.addEventListener('abort', cancelFollowers);
    }
    all.add(this);
  }

  cancel(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const target of this.targets) target.cancel(reason);
    this.#target = this.#others = undefined;
    this.#controller?.abort(reason);
    this.release();
    this.onIdle();
  }

  attach(target: Cancellable): void {
    if (this.aborted) target.cancel(this.reason);
    else if (this.#target) (this.#others ??= new Set()).add(target);
    else this.#target = target;
  }

  /** One goes on as another: both at once would need a set. */
  replace(target: Cancellable, next: Cancellable): void {
    if (this.#target === target) this.#target = next;
    else {
      this.attach(next);
      this.detach(target);
    }
  }

  detach(target: Cancellable): void {
    if (this.#target === target) this.#target = undefined;
    else this.#others?.delete(target);
    if (this.idle) this.onIdle();
  }

  /** What is under way. */
  get targets(): Cancellable[] {
    return [...(this.#target ? [this.#target] : []), ...(this.#others ?? [])];
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return !this.#target && !this.#others?.size;
  }

  /** A hook for the owner: the last thing under way has ended. */
  onIdle(): void {}

  /** Stops following the caller's signal. */
  release(): void {
    const signal = this.#source;
    const all = signal && followers.get(signal);
    if (!all?.delete(this) || all.size) return;
    followers.delete(signal as AbortSignal);
    (signal as AbortSignal).removeEventListener('abort', cancelFollowers);
  }

  /**
   * For a body that is here and not read: it holds nothing, so that nothing is followed for it. What
   * has ended since is found out when it is read.
   */
  catchUp(): void {
    if (this.#source?.aborted) this.cancel(this.#source.reason);
  }

  /** All of the above as one signal, for middleware and transports that want one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /**
   * What `promise` settles to, but no later than the scope ends: for what need not end by itself.
   */
  async within<T>(promise: Promise<T>): Promise<T> {
    let target: Cancellable | undefined;
    try {
      return await Promise.race([
        promise,
        new Promise<never>((_, cancel) => this.attach((target = { cancel }))),
      ]);
    } finally {
      this.detach(target as Cancellable);
    }
  }
}

/**
 * A scope inside another, which a middleware made by handing on another signal. While something
 * hangs on it, it hangs on its parent and follows its own signal; with no signal it follows the
 * parent alone.
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

  override attach(target: Cancellable): void {
    if (this.idle && !this.aborted) {
      this.#parent.attach(this);
      if (this.#signal && !this.aborted) this.follow(this.#signal);
    }
    super.attach(target);
  }

  override onIdle(): void {
    this.release();
    this.#parent.detach(this);
  }

  override catchUp(): void {
    this.#parent.catchUp();
    if (this.#parent.aborted) this.cancel(this.#parent.reason);
    else if (this.#signal?.aborted) this.cancel(this.#signal.reason);
  }

  override get signal(): AbortSignal {
    return (this.#joined ??= this.#signal
      ? AbortSignal.any([this.#parent.signal, this.#signal])
      : this.#parent.signal);
  }
}

/**
 * Waits `ms`; rejects at once with the scope's reason when the call is ended. It keeps a Node
 * process alive, like every call that is awaited.
 */
export async function wait(ms: number, scope: Cancellation): Promise<void> {
  let timer;
  try {
    await scope.within(
      new Promise((resolve) => (timer = setTimeout(resolve, Math.min(ms, longestTimer)))),
    );
  } finally {
    clearTimeout(timer);
  }
}
