/** What the page holds and what it does not, with what a script can check of it. */
import { html, type Html } from './html.ts';

interface Thing {
  name: string;
  where: string;
  why: string;
  /** The cookie that scripts must not see. */
  cookie?: string;
  /** What to say of a thing that is not hidden. */
  readable?: string;
}

const things: Thing[] = [
  {
    name: 'Access token',
    cookie: 'access',
    where: 'HttpOnly cookie, good for a minute',
    why: 'No script can read it, so no injected script can take it away. Nor is it in the HTML: the render sends it on to the API and forgets it.',
  },
  {
    name: 'Refresh token',
    cookie: 'refresh',
    where: 'HttpOnly cookie, good for one use',
    why: 'Its answer sets the next one. A spent one that comes back ends the login, so one call renews for all, in every tab.',
  },
  {
    name: 'Key of the page server',
    where: 'Memory of the page server',
    why: 'It goes to the API alone. What a session sends is never dehydrated, and no header of the visitor can ask for it.',
  },
  {
    name: 'Set-Cookie and other headers',
    where: 'Headers of the answer',
    why: 'Relayed to the browser as headers. The HTML has the content type and the like of each response, and nothing more.',
  },
  {
    name: 'CSRF token',
    readable: 'readable on purpose',
    where: 'Cookie that scripts may read',
    why: 'It proves that a page of this site sent the call: other sites cannot read it. Alone it opens nothing.',
  },
  {
    name: 'Your notes',
    readable: 'in the page',
    where: 'The HTML, twice',
    why: 'Once to be read without a script, once as the response that the browser’s session takes over. The page is never cached.',
  },
];

/** The list; `checked` are the cookies that a script has found it cannot read. */
export function drawHidden(checked: string[] = []): Html[] {
  return things.map(
    ({ name, where, why, cookie, readable }) =>
      html` <li>
        <h3>
          ${name}
          <span class="tag ${readable ? 'open' : 'shut'}"
            >${readable ?? (cookie && checked.includes(cookie) ? 'hidden, checked' : 'hidden')}</span
          >
        </h3>
        <p>${where}</p>
        <p class="muted">${why}</p>
      </li>`,
  );
}
