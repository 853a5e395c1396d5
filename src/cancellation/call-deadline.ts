import type { Expirable } from './deadline.ts';
import { SharedDeadline } from './shared-deadline.ts';

/**
 * A shared deadline whose end the caller's code is told: that runs in the async context in which
 * this is made, and not in that of the call whose timer it shares.
 */
export class CallDeadline extends SharedDeadline {
  constructor(owner: Expirable) {
    // What waits for a promise is run in the context in which it began to.
    let expire!: () => void;
    void new Promise<void>((resolve) => (expire = resolve)).then(() => owner.expire());
    super({ expire });
  }
}
