/** A process must not end while somebody waits for an answer or a body. */
import { Session } from 'isosession';

const [origin = ''] = process.argv.slice(2);
const session = new Session();
console.log(await session.get(`${origin}/slow`).text());
const response = await session.get(`${origin}/slow-body`);
console.log(await response.text());
