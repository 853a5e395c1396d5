/** A call with hooks, and what they tell. */
import type { Options } from 'ky';
import { atOnce, type Behaviour, type Lab, type Reply } from './side-by-side.ts';

export type Hooks = NonNullable<Options['hooks']>;
/** What a behaviour may note on its way. */
type Note = (...values: unknown[]) => void;

/** What becomes of a call with these hooks, what they have noted, and what the server has seen. */
export const hooked =
  (
    replies: Reply[],
    make: (note: Note, ky: Lab['ky'], url: string) => Hooks,
    options: Options & { verb?: 'get' | 'post' } = {},
  ): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(...replies);
    const notes: unknown[] = [];
    const hooks = make((...values) => void notes.push(...values), ky, url);
    const { verb = 'get', ...rest } = options;
    const given = { retry: atOnce, ...rest, hooks };
    let outcome: unknown;
    try {
      outcome = await ky[verb](url, given).text();
    } catch (error) {
      outcome = error;
    }
    const requests = seen.map(({ method, url, body, headers }) => [
      method,
      url,
      body,
      Object.entries(headers).filter(([name]) => name.startsWith('x-')),
    ]);
    return { outcome, notes, requests };
  };
export const withHeader = (request: Request, name: string, value = '1'): Request => {
  const headers = new Headers(request.headers);
  headers.set(name, value);
  return new Request(request, { headers });
};
export const mine = (): Error => new Error('mine');
