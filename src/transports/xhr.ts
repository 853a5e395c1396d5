/**
 * Sending by `XMLHttpRequest`, which alone tells a script of a browser how far its body has come.
 */
import { hide } from '../errors/session-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { report } from '../response/body-source.ts';
import type { Cancellation } from '../cancellation/cancellation.ts';
import type { ProgressCallback } from '../types/progress.ts';
import { brandOf } from '../request/brand.ts';

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
function refuseOtherChoices(init: RequestInit): void {
  if (brandOf(init.body) === 'ReadableStream') {
    throw unsupported('a stream as the body: give text, bytes, Blob or form');
  }
  for (const [name, allowed] of Object.entries(allowedChoices)) {
    const value = init[name as keyof RequestInit];
    if (value !== undefined && !allowed.includes(value)) {
      throw unsupported(`this ${name}: leave it out`);
    }
  }
}

function unsupported(what: string): UnsupportedError {
  return new UnsupportedError(
    'In a browser onUploadProgress goes through XMLHttpRequest, ' +
      `which cannot have ${what}, or leave out onUploadProgress`,
  );
}

/** What follows an upload, and what ends it. */
export interface UploadWatch {
  readonly progress: ProgressCallback;
  readonly cancellation: Cancellation;
}

/** A `fetch` that tells of the progress of its body; the response comes whole. */
export async function fetchByXhr(
  url: string,
  init: RequestInit,
  { progress, cancellation }: UploadWatch,
): Promise<Response> {
  if (cancellation.aborted) throw cancellation.reason;
  refuseOtherChoices(init);
  const xhr = new XMLHttpRequest();
  xhr.open(init.method ?? 'GET', url);
  xhr.responseType = 'arraybuffer';
  xhr.withCredentials = init.credentials === 'include';
  for (const [name, value] of new Headers(init.headers)) xhr.setRequestHeader(name, value);
  xhr.upload.onprogress = ({ loaded, total }) => {
    try {
      report(progress, loaded, total, new Uint8Array());
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
  hide(response, { url: responseURL, redirected: responseURL !== url });
  return response;
}
