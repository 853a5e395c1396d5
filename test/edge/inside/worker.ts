/**
 * The contract as a worker, for workerd: the order comes as a request, the report goes as its
 * response.
 *
 * @module
 */
import { type Order, runContract } from './run.ts';

export const worker = {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runContract((await request.json()) as Order));
  },
};
