import { Session } from 'isosession';

export const api = new Session({ baseUrl: process.env.BACKEND, timeout: 5_000 });
export const to = [process.env.BACKEND];
