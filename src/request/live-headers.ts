/** A session's headers where a call is so quick that reading them anew would tell. */
import type { HeaderList } from './headers.ts';
import { SafeHeaders } from './safe-headers.ts';

/** Read into a list only when they have changed. The lists are shared by the calls. */
export class LiveHeaders extends SafeHeaders {
  readonly #lists = new Map<string | undefined, HeaderList>();

  override list(accept: string | undefined): HeaderList {
    let list = this.#lists.get(accept);
    if (!list) this.#lists.set(accept, (list = super.list(accept)));
    return list;
  }

  override append(name: string, value: string): void {
    super.append(name, value);
    this.#lists.clear();
  }

  override set(name: string, value: string): void {
    super.set(name, value);
    this.#lists.clear();
  }

  override delete(name: string): void {
    super.delete(name);
    this.#lists.clear();
  }
}
