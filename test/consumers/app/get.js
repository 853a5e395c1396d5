/** A page that makes one call, without a session. */
import { get } from 'isosession';

globalThis.run = () => get('/api/me').json();
