import { type HeaderList, setHeader } from './headers.ts';
import { baseClass } from './host/host-class.ts';
import { printAs, redactHeaders } from './redact.ts';

const HeadersBase = baseClass<Headers>(globalThis.Headers);

/** `Headers` that print without secrets. */
export class SafeHeaders extends HeadersBase {
  constructor(given?: HeadersInit) {
    super(new Headers(given));
    Object.setPrototypeOf(this, new.target.prototype);
  }

  static of(list: HeaderList): SafeHeaders {
    const headers = new SafeHeaders();
    for (let i = 0; i < list.length; i += 2) headers.append(list[i], list[i + 1]);
    return headers;
  }

  /**
   * @internal As a list, to be copied before it is changed; with the `accept` of a shortcut unless
   * they have one of their own.
   */
  list(accept: string | undefined): HeaderList {
    const list = [...this].flat();
    if (accept && (this.get('accept') ?? '*/*') === '*/*') setHeader(list, 'accept', accept);
    return list;
  }
}
printAs(SafeHeaders.prototype, 'Headers', function view() {
  return redactHeaders(this);
});
