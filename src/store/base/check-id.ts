import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

/** Refuses what could be the id of nobody, or of everybody. */
export function checkId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || id === '')
    throw new InvalidRequestError('id must be a text that is not empty: whose session it is');
  // In UTF-8, all that are the same but for these are the same.
  if (/\p{Surrogate}/u.test(id))
    throw new InvalidRequestError('id must be well-formed Unicode: it has half a surrogate pair');
}
