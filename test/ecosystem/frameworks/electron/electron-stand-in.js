/** What the main process imports of `electron`, where its binary is not: in Node. */
import { EventEmitter } from 'node:events';

const folder = process.env.USER_DATA;
export const handlers = new Map();
export const app = Object.assign(new EventEmitter(), {
  whenReady: async () => {},
  getPath: () => folder,
});
export const ipcMain = { handle: (name, handler) => void handlers.set(name, handler) };
export const net = { fetch: (...input) => fetch(...input) };
