/**
 * A worker as most are written: one session for all its requests. The query of a request says which
 * call to make: `url`, `method`, `form` and `timeout` in ms.
 *
 * @module
 */
import { Session, TimeoutError } from 'isosession';

const session = new Session({ retry: 0 });

export const worker = {
  async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const form = query.get('form');
    try {
      const response = await session.request(query.get('url') as string, {
        method: query.get('method') ?? 'GET',
        timeout: Number(query.get('timeout') ?? 10_000),
        ...(form !== null && { form: new URLSearchParams(form) }),
      });
      return Response.json({ status: response.status, text: await response.text() });
    } catch (error) {
      return Response.json({
        error: String(error),
        ...(error instanceof TimeoutError && { phase: error.phase }),
      });
    }
  },
};
