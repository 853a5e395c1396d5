/** The calls of the app, the same in the render and in the browser. */
import { HTTPError, type ProgressCallback, type Session } from 'isosession';

export interface Note {
  id: number;
  text: string;
  /** ISO 8601. */
  at: string;
  file?: { name: string; bytes: number };
}

/** All that the page shows. */
export interface State {
  /** `null`: nobody is logged in. */
  user: string | null;
  /** Names the login. */
  login: string | null;
  notes: Note[];
}

export async function readState(session: Session): Promise<State> {
  try {
    const who = await session.get('session').json<Omit<State, 'notes'>>();
    return { ...who, notes: who.user === null ? [] : await session.get('notes').json<Note[]>() };
  } catch (error) {
    if (isLoggedOut(error)) return { user: null, login: null, notes: [] };
    throw error;
  }
}

export async function logIn(session: Session, name: string, password: string): Promise<void> {
  // No renewal could mend a wrong password.
  await session.post('login', { json: { name, password }, auth: null }).json();
}

export async function logOut(session: Session): Promise<void> {
  (await session.post('logout', { auth: null })).throwForStatus();
}

export function addNote(session: Session, text: string): Promise<Note> {
  return session.post('notes', { json: { text } }).json<Note>();
}

export function uploadFile(
  session: Session,
  file: File,
  onUploadProgress: ProgressCallback,
  signal: AbortSignal,
): Promise<Note> {
  return session
    .post('files', { searchParams: { name: file.name }, body: file, onUploadProgress, signal })
    .json<Note>();
}

/** Whether a call failed because the login is over, and could not be renewed. */
export function isLoggedOut(error: unknown): boolean {
  return error instanceof HTTPError && error.status === 401;
}

/** What to tell people about an error. */
export function explain(error: unknown): string {
  const { error: reason } = (error instanceof HTTPError ? (error.data ?? {}) : {}) as {
    error?: string;
  };
  return reason ?? (error instanceof Error ? error.message : String(error));
}
