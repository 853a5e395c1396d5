/**
 * The contract as a program, for Deno and Bun. Its last argument is the order, its last line of
 * output the report. It ends by itself when nothing is left to do.
 *
 * @module
 */
import { type Order, runContract } from './run.ts';

const order = JSON.parse(globalThis.process.argv.at(-1) as string) as Order;
console.log(JSON.stringify(await runContract(order)));
