import type { CallContext, Hooks, Middleware } from 'isosession';
import { html } from '../shared/html.ts';

/** One call, as its row shows it. */
interface Entry {
  row: HTMLTableRowElement;
  /** It has left the page: hooks stand below what `hydrate()` answers. */
  sent: boolean;
}

/**
 * Writes every call of a session into a table: `middleware` once around the call, `hooks` nearer to
 * the wire.
 */
export class RequestLog {
  readonly #table: HTMLElement;
  readonly #entries = new WeakMap<CallContext, Entry>();

  constructor(table: HTMLElement) {
    this.#table = table;
  }

  readonly middleware: Middleware = async (request, next) => {
    const entry: Entry = { row: document.createElement('tr'), sent: false };
    this.#entries.set(request.context, entry);
    const name = `${request.method} ${request.url.pathname}`;
    const start = performance.now();
    const show = (answer: string, kind: string, attempts: number | string): void => {
      const ms = kind === 'pending' ? '' : Math.round(performance.now() - start);
      entry.row.innerHTML = html`<th scope="row">${name}</th>
        <td><span class="tag ${kind}">${answer}</span></td>
        <td class="number">${attempts}</td>
        <td class="number">${ms}</td>`.text;
    };
    show('…', 'pending', '');
    this.#table.prepend(entry.row);
    try {
      const response = await next(request);
      if (entry.sent)
        show(String(response.status), response.ok ? 'good' : 'bad', response.attempts);
      else show('from the page', 'page', 0);
      return response;
    } catch (error) {
      show(error instanceof Error ? error.name : 'failed', 'bad', '');
      throw error;
    }
  };

  readonly hooks: Hooks = {
    beforeRequest: [
      ({ context }) => {
        const entry = this.#entries.get(context);
        if (entry) entry.sent = true;
      },
    ],
    beforeRetry: [
      ({ context, response, attempt, delay }) => {
        const tag = this.#entries.get(context)?.row.querySelector('.tag');
        if (tag)
          tag.textContent = `${response?.status ?? 'failed'}, try ${attempt + 1} in ${(delay / 1000).toFixed(1)} s`;
      },
    ],
  };
}
