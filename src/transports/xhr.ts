/**
 * Sending by `XMLHttpRequest`, which alone tells a script of a browser how far its body has come.
 */
import { hide } from '../errors/session-error.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { report } from '../response/body-source.ts';
import type { Cancellation } from '../cancellation/cancellation.ts';
import type { ProgressCallback } from '../types/progress.ts';
import { brandOf } from '../request/brand.ts';

/** Where `fetch` has a choice and XMLHttpRequest has none, what may be chosen. */
const choices: Partial<Record<keyof RequestInit, unknown[]>> = {
  credentials: ['same-origin', 'include'],
  redirect: ['follow'],
  mode: ['cors'],
  keepalive: [false],
  integrity: [''],
  referrer: ['about:client'],
  referrerPolicy: [''],
};

/**
 * What it can do only in another way is refused: who sees what must not depend on a progress bar.
 */
function refuse(init: RequestInit): void {
  const name = (Object.keys(choices) as (keyof RequestInit)[]).find(
    (key) => init[key] !== undefined && !choices[key]?.includes(init[key]),
  );
  const what =
    brandOf(init.body) === 'ReadableStream'
      ? 'a stream as the body: give text, bytes, Blob or form'
      : name && `this ${name}: leave it out`;
  if (what)
    throw new UnsupportedError(
      `In a browser onUploadProgress goes through XMLHttpRequest, which cannot have ${what}, or leave out onUploadProgress`,
    );
}

/** A `fetch` that tells of the progress of its body; the response comes whole. */
export async function fetchByXhr(
  url: string,
  init: RequestInit,
  progress: ProgressCallback,
  scope: Cancellation,
): Promise<Response> {
  if (scope.aborted) throw scope.reason;
  refuse(init);
  const { body } = init;
  const xhr = new XMLHttpRequest();
  xhr.open(init.method as string, url);
  xhr.responseType = 'arraybuffer';
  xhr.withCredentials = init.credentials === 'include';
  for (const [name, value] of init.headers as Headers) xhr.setRequestHeader(name, value);
  xhr.upload.onprogress = ({ loaded, total }) => {
    try {
      report(progress, loaded, total, new Uint8Array());
    } catch (error) {
      scope.cancel(error);
    }
  };
  scope.attach({ cancel: () => xhr.abort() });
  await new Promise((resolve) => {
    // After an error and an abort, too.
    xhr.onloadend = resolve;
    // Of text it would change the charset that the content-type names.
    xhr.send(
      (typeof body === 'string' ? new TextEncoder().encode(body) : body) as XMLHttpRequestBodyInit,
    );
  });
  if (!xhr.status) throw new TypeError('XMLHttpRequest failed');
  return toResponse(xhr, url);
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
