import type { Html } from '../shared/html.ts';

/** A part of the page by its name. */
export function part(name: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (!found) throw new Error(`The page has no part ${name}`);
  return found;
}

/** Puts HTML into a part, in the place of what it has. */
export function draw(name: string, ...content: Html[]): void {
  part(name).innerHTML = content.map(({ text }) => text).join('');
}
