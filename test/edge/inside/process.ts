/**
 * The contract as a program, for Deno and Bun: its last parameter is the order, its last line the
 * report. It ends when nothing is left to do.
 *
 * @module
 */
import { type Order, runContract } from './run.ts';

const order = JSON.parse(globalThis.process.argv.at(-1) as string) as Order;
console.log(JSON.stringify(await runContract(order)));
