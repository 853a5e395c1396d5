/**
 * Sending by `XMLHttpRequest`, which alone tells a script of a browser how far its body has come.
 */
import type { Cancellation } from '../cancellation/cancellation.ts';

/** What it needs of the library, of which this chunk loads nothing: it comes as arguments. */
export interface UploadWatch {
  readonly cancellation: Cancellation;
  /** Tells of so many bytes sent; `total`: 0 when unknown. */
  readonly tell: (transferred: number, total: number) => void;
  /** Refuses what XMLHttpRequest cannot have; `mend`: what to do instead. */
  readonly refuse: (what: string, mend: string) => never;
}

/** Where `fetch` has a choice and XMLHttpRequest has none: the values that mean the same. */
const allowedChoices: Partial<Record<keyof RequestInit, readonly unknown[]>> = {
  credentials: ['same-origin', 'include'],
  redirect: ['follow'],
  mode: ['cors'],
  keepalive: [false],
  integrity: [''],
  referrer: ['about:client'],
  referrerPolicy: [''],
};

/** Who sees what must not depend on a progress bar. */
function refuseOtherChoices(init: RequestInit, refuse: UploadWatch['refuse']): void {
  if ('getReader' in Object(init.body))
    refuse('a stream as the body', 'give text, bytes, Blob or form');
  for (const [name, allowed] of Object.entries(allowedChoices)) {
    const value = init[name as keyof RequestInit];
    if (value !== undefined && !allowed.includes(value)) refuse(`this ${name}`, 'leave it out');
  }
}

/** A `fetch` that tells of the progress of its body; the response comes whole. */
export async function fetchByXhr(
  url: string,
  init: RequestInit,
  { cancellation, tell, refuse }: UploadWatch,
): Promise<Response> {
  if (cancellation.aborted) throw cancellation.reason;
  refuseOtherChoices(init, refuse);
  const xhr = new XMLHttpRequest();
  xhr.open(init.method ?? 'GET', url);
  xhr.responseType = 'arraybuffer';
  xhr.withCredentials = init.credentials === 'include';
  for (const [name, value] of new Headers(init.headers)) xhr.setRequestHeader(name, value);
  xhr.upload.onprogress = ({ loaded, total }) => {
    try {
      tell(loaded, total);
    } catch (error) {
      cancellation.cancel(error);
    }
  };
  cancellation.attach({ cancel: () => xhr.abort() });
  await new Promise((resolve) => {
    // After an error and an abort, too.
    xhr.onloadend = resolve;
    xhr.send(toXhrBody(init.body));
  });
  if (!xhr.status) throw new TypeError('XMLHttpRequest failed');
  return toResponse(xhr, url);
}

/** Of text it would change the charset that the content-type names. Streams are refused before. */
function toXhrBody(body: RequestInit['body']): XMLHttpRequestBodyInit | null | undefined {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  return body as Exclude<typeof body, ReadableStream>;
}

/** The whole response, once it is here. */
function toResponse(xhr: XMLHttpRequest, url: string): Response {
  const { status, statusText, responseURL } = xhr;
  const headers = xhr
    .getAllResponseHeaders()
    .split('\r\n')
    .filter(Boolean)
    .map((line) => line.split(/: ?(.*)/s, 2) as [string, string]);
  // Fetch, "null body status".
  const body = [204, 205, 304].includes(status) ? null : (xhr.response as ArrayBuffer);
  const response = new Response(body, { status, statusText, headers });
  return Object.defineProperties(response, {
    url: { value: responseURL },
    redirected: { value: responseURL !== url },
  });
}
