/** Takes the page over: the same calls by the same kind of session, now the browser's. */
import { Session, webLock } from 'isosession';
import { hydrate } from 'isosession/ssr';
import { drawHidden } from '../shared/hidden.ts';
import {
  addNote,
  explain,
  isLoggedOut,
  logIn,
  logOut,
  type Note,
  readState,
  type State,
} from '../shared/notes.ts';
import { protect, renewLogin } from '../shared/session.ts';
import { drawAccount, drawMain, drawNotes } from '../shared/views.ts';
import { draw, part } from './parts.ts';
import { RequestLog } from './request-log.ts';
import { cancelUpload, upload } from './upload.ts';

const log = new RequestLog(part('log'));
const session = protect(
  new Session({ baseUrl: document.documentElement.dataset['api'], hooks: log.hooks }),
).use(log.middleware);
hydrate(session, document.getElementById('session')?.textContent ?? '');

let state = await takeOver();

/** Learns who is logged in; from then on one tab renews the login for all. */
async function takeOver(): Promise<State> {
  renewLogin(session);
  const found = await readState(session);
  if (found.login !== null) renewLogin(session, webLock(`login ${found.login}`));
  const readable = await session.cookies.getAll(location.href);
  draw(
    'hidden',
    ...drawHidden(
      found.user === null
        ? []
        : ['access', 'refresh'].filter((name) => !readable.some((cookie) => cookie.name === name)),
    ),
  );
  part('tries').hidden = found.user === null;
  return found;
}

/** Draws the whole of it anew, after somebody has logged in or out. */
async function redraw(): Promise<void> {
  state = await takeOver();
  draw('account', drawAccount(state));
  draw('main', drawMain(state));
  part('main').focus();
}

function show(note: Note | undefined): void {
  if (note) state.notes.unshift(note);
  draw('notes', ...drawNotes(state.notes));
}

const tries: Record<string, () => Promise<unknown>> = {
  slow: () => session.get('slow').json(),
  flaky: () => session.get('flaky').json(),
  async expire() {
    await session.post('expire').json();
    await Promise.all(Array.from({ length: 5 }, () => session.get('notes').json()));
  },
};

const forms: Record<string, (form: HTMLFormElement, data: FormData) => Promise<void>> = {
  async login(_, data) {
    await logIn(session, String(data.get('name')), String(data.get('password')));
    await redraw();
  },
  async logout() {
    await logOut(session);
    await redraw();
  },
  async add(form, data) {
    show(await addNote(session, String(data.get('text'))));
    form.reset();
  },
};

/**
 * Runs what somebody has asked for. What goes wrong stands in the form, and in the log in any case.
 */
async function run(control: HTMLElement, task: () => Promise<unknown>): Promise<void> {
  const form = control.closest('form');
  const problem = form?.querySelector('.problem');
  if (problem) problem.textContent = '';
  control.setAttribute('aria-busy', 'true');
  try {
    await task();
  } catch (error) {
    // A wrong password is a 401, too.
    if (isLoggedOut(error) && state.user !== null) await redraw();
    else if (problem) problem.textContent = explain(error);
  } finally {
    control.removeAttribute('aria-busy');
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target as HTMLFormElement;
  const action = forms[form.dataset['action'] ?? ''];
  if (!action) return;
  event.preventDefault();
  if (!form.hasAttribute('aria-busy')) void run(form, () => action(form, new FormData(form)));
});

document.addEventListener('click', ({ target }) => {
  const button = (target as Element).closest<HTMLElement>('button[data-action]');
  const action = button?.dataset['action'] ?? '';
  if (action === 'cancel-upload') cancelUpload();
  else if (button && tries[action]) void run(button, tries[action]);
});

document.addEventListener('change', ({ target }) => {
  const input = target as HTMLInputElement;
  const file = input.dataset['action'] === 'upload' ? input.files?.[0] : undefined;
  if (!file) return;
  void run(input, async () => show(await upload(session, file))).finally(() => (input.value = ''));
});
