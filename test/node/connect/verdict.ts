import { InvalidRequestError } from 'isosession';
import { expect } from 'vitest';
import { type Guard, readGuard } from '../../../src/node/connect/guard.ts';

/** Why the guard refuses an address; '' when it does not. */
export function verdict(guard: Guard, address: string): string {
  const refusal = guard.refusal(address, 'app.test');
  if (refusal) expect(refusal).toBeInstanceOf(InvalidRequestError);
  return refusal?.message ?? '';
}

/** The kind of address that a guard without options takes it for. */
export const kindOf = (address: string): string =>
  / is ([\w -]+)/.exec(verdict(readGuard({}), address))?.[1]?.trim() ?? '';
