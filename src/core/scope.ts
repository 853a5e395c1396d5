/** Who may end a call, and what ends with it. */

/** Something under way that can be ended from outside: a queued or running exchange, a wait, a body. */
export interface Cancellable {
  cancel(reason: unknown): void;
}

/**
 * The reach of one cancellation: the caller's signal, the total deadline and `session.destroy()` meet here, and everything under way hangs on it.
 * It costs nothing until something hangs on it: no `AbortSignal.any`, no controller unless somebody asks for {@link CallScope.signal}.
 */
export class CallScope implements Cancellable {
  aborted = false;
  reason: unknown;
  /** Most calls have one thing under way at a time, and make no Set. */
  #target: Cancellable | undefined;
  #others: Set<Cancellable> | undefined;
  #source: AbortSignal | undefined;
  #controller: AbortController | undefined;

  /** Follows a signal until {@link release}. */
  follow(signal: AbortSignal): void {
    this.#source = signal;
    if (signal.aborted) this.cancel(signal.reason);
    else signal.addEventListener('abort', this);
  }

  /** The signal fired: a listener object, so that no closure is made for a call. */
  handleEvent(): void {
    this.cancel(this.#source?.reason);
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

  detach(target: Cancellable): void {
    if (this.#target === target) this.#target = undefined;
    else this.#others?.delete(target);
    if (this.idle) this.onIdle();
  }

  /** What is under way. */
  get targets(): Cancellable[] {
    return [...this.#target ? [this.#target] : [], ...this.#others ?? []];
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return !this.#target && !this.#others?.size;
  }

  /** A hook for the owner: the last thing under way has ended. */
  onIdle(): void {}

  /** Stops following the caller's signal. */
  release(): void {
    this.#source?.removeEventListener('abort', this);
  }

  /** All of the above as one signal, for middleware and transports that want one. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  /** A scope inside this one, which a middleware made by handing on another signal. */
  child(signal: AbortSignal | undefined): CallScope {
    const child = new CallScope();
    if (signal) child.follow(signal);
    else this.attach(child);
    return child;
  }

  /** What `promise` settles to, but no later than the scope ends: for what need not end by itself. */
  async within<T>(promise: Promise<T>): Promise<T> {
    let target: Cancellable | undefined;
    try {
      return await Promise.race([promise, new Promise<never>((_, cancel) => this.attach(target = { cancel }))]);
    } finally {
      this.detach(target as Cancellable);
    }
  }
}

/** Waits `ms`; rejects at once with the scope's reason when the call is ended. It keeps a Node process alive, as any awaited call does. */
export async function wait(ms: number, scope: CallScope): Promise<void> {
  let timer;
  try {
    await scope.within(new Promise((resolve) => (timer = setTimeout(resolve, ms))));
  } finally {
    clearTimeout(timer);
  }
}
