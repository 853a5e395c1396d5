/** A content script that asks by itself: the page's own origin, and another one. */
import { get, SessionError } from 'isosession';

const other = document.documentElement.dataset['api'] ?? '';
void Promise.all([
  get('/own').text(),
  get(`${other}/users/1`)
    .text()
    .catch((error: unknown) => SessionError.is(error) && error.code),
]).then(([own, foreign]) => document.body.append(`, own ${own}, foreign ${foreign}`));
