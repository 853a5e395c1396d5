import type { RenewalLimit } from './refresh-options.ts';
import type { Generation } from './tokens.ts';

/** Counts the renewals whose tokens were refused: an API that refuses all would cause a storm. */
export interface RenewalCounter {
  /** Whether there may be one more. */
  readonly isOpen: boolean;
  /** Takes the tokens of a renewal, by whomever. What answers them first decides. */
  watch(renewed: Generation): void;
  /** Takes what was answered to these tokens. */
  judge(used: Generation, answer: { readonly refused: boolean; readonly ok: boolean }): void;
}

export function countRenewals({ count = 5, per = 30_000 }: RenewalLimit = {}): RenewalCounter {
  /** When tokens were refused, by `performance.now()`. */
  let refusals: number[] = [];
  let untried: Generation | undefined;
  return {
    get isOpen() {
      const since = performance.now() - per;
      refusals = refusals.filter((time) => time > since);
      return refusals.length < count;
    },
    watch: (renewed) => void (untried = renewed),
    judge(used, { refused, ok }) {
      // Any other error says nothing of the tokens.
      if (used !== untried || !(refused || ok)) return;
      untried = undefined;
      if (refused) refusals.push(performance.now());
    },
  };
}
