/**
 * The contract as a worker, for workerd. The request holds the order, the response the report.
 *
 * @module
 */
import { type Order, runContract } from './run.ts';

export const worker = {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runContract((await request.json()) as Order));
  },
};
