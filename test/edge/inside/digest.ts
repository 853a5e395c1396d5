/**
 * A worker that answers Digest challenges. The query of a request says which `url` to get, twice.
 *
 * @module
 */
import { Session } from 'isosession';
import { digest } from 'isosession/auth';

export const worker = {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url).searchParams.get('url') as string;
    try {
      const session = new Session({ auth: digest('Jäsøn', 'pässwörd'), retry: 0 });
      const statuses: number[] = [];
      for (const body of ['one', 'two']) statuses.push((await session.post(url, { body })).status);
      return Response.json(statuses);
    } catch (error) {
      return Response.json(String(error));
    }
  },
};
