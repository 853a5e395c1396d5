/**
 * The two parts of undici that are used, from their own files: its index would make itself the dispatcher of Node's global `fetch`, whose bundled
 * version cannot work with another, and would load all the rest.
 */
import type { buildConnector as BuildConnector, Client as ClientType } from 'undici';
import ClientClass from 'undici/lib/dispatcher/client.js';
import connect from 'undici/lib/core/connect.js';

export const Client = ClientClass as unknown as typeof ClientType;
export const buildConnector = connect as unknown as typeof BuildConnector;
