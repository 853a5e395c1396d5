import { AsyncResource } from 'node:async_hooks';
import type { Expirable } from '../../cancellation/deadline.ts';
import { SharedDeadline } from './shared-deadline.ts';

/**
 * The deadline of a call, whose end the caller's code is told: that runs in the async context in
 * which this is made, and not in that of the call whose timer it shares.
 */
export class CallDeadline extends SharedDeadline {
  constructor(owner: Expirable) {
    super({ expire: AsyncResource.bind(() => owner.expire()) });
  }
}
