/** What the page server and the browser both draw. */
import { html, type Html } from './html.ts';
import type { Note, State } from './notes.ts';

export function drawAccount({ user }: State): Html {
  return user === null
    ? html``
    : html` <span class="who"
          ><span class="avatar" aria-hidden="true">${user[0]?.toUpperCase()}</span
          ><span>${user}</span></span
        >
        <form method="post" action="/logout" data-action="logout">
          <button class="quiet">Log out</button>
        </form>`;
}

/** @param problem why the last form was refused. */
export function drawMain({ user, notes }: State, problem?: string): Html {
  return user === null ? drawLogin(problem) : drawNotebook(notes, problem);
}

function drawLogin(problem?: string): Html {
  return html` <section class="card login" aria-labelledby="login-title">
    <h2 id="login-title">Log in</h2>
    <p class="muted">Any name will do. The password is <code>notes</code>.</p>
    <form method="post" action="/login" data-action="login">
      <label>Name <input name="name" autocomplete="username" required maxlength="40" /></label>
      <label
        >Password <input name="password" type="password" autocomplete="current-password" required
      /></label>
      <p class="problem" role="alert">${problem}</p>
      <button class="primary">Log in</button>
    </form>
  </section>`;
}

function drawNotebook(notes: Note[], problem?: string): Html {
  return html` <section class="card" aria-labelledby="new-title">
      <h2 id="new-title">New note</h2>
      <form method="post" action="/notes" data-action="add">
        <label
          ><span class="visually-hidden">Text of the note</span
          ><textarea
            name="text"
            rows="3"
            required
            maxlength="2000"
            placeholder="What is on your mind?"
          ></textarea>
        </label>
        <div class="row">
          <button class="primary">Add note</button>
          <label class="file needs-script"
            ><input type="file" name="file" class="visually-hidden" data-action="upload" /><span
              class="button"
              >Upload a file …</span
            ></label
          >
        </div>
        <p class="problem" role="alert">${problem}</p>
      </form>
      <div class="upload" data-part="upload" hidden>
        <label for="upload-progress"></label>
        <progress id="upload-progress" max="100" value="0"></progress>
        <button type="button" class="quiet" data-action="cancel-upload">Cancel</button>
      </div>
    </section>
    <section aria-labelledby="notes-title">
      <h2 id="notes-title">Notes</h2>
      <ul class="notes" data-part="notes">
        ${drawNotes(notes)}
      </ul>
    </section>`;
}

export function drawNotes(notes: Note[]): Html[] {
  return notes.map(
    ({ text, at, file }) =>
      html` <li class="card note">
        ${file && html`<p class="attachment"><span class="clip" aria-hidden="true"></span>${file.name} <span class="muted">${formatBytes(file.bytes)}</span></p>`}
        ${text && html`<p>${text}</p>`}
        <time class="muted" datetime="${at}">${formatTime(at)}</time>
      </li>`,
  );
}

export function formatBytes(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${Math.ceil(bytes / 1024)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** In one time zone and one language, since server and browser must draw the same. */
const times = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});
const formatTime = (at: string): string => `${times.format(new Date(at))} UTC`;
