import type { Session } from 'isosession';
import { type Note, uploadFile } from '../shared/notes.ts';
import { formatBytes } from '../shared/views.ts';
import { part } from './parts.ts';

let running: AbortController | undefined;

/** Sends a file and shows how far it has come; `undefined` when it was cancelled. */
export async function upload(session: Session, file: File): Promise<Note | undefined> {
  const { signal } = (running = new AbortController());
  const box = part('upload');
  const bar = box.querySelector('progress') as HTMLProgressElement;
  const label = box.querySelector('label') as HTMLLabelElement;
  label.textContent = `Uploading ${file.name}, ${formatBytes(file.size)}`;
  bar.value = 0;
  box.hidden = false;
  try {
    return await uploadFile(session, file, ({ percent }) => (bar.value = percent * 100), signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    box.hidden = true;
  }
}

export function cancelUpload(): void {
  running?.abort();
}
