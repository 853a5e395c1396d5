/**
 * The native side of React Native for its JavaScript: what its `fetch`, Blobs and forms call. As on
 * a phone, it keeps cookies and follows redirects by itself.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { type Context, createContext, runInContext } from 'node:vm';

/** A body as React Native hands it over. */
interface NativeBody {
  string?: string;
  base64?: string;
  blob?: BlobPart;
  formData?: { fieldName: string; string?: string; uri?: string; name?: string; type?: string }[];
}

interface NativeRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  data: NativeBody;
  responseType: 'text' | 'base64' | 'blob';
}

/** A part of bytes that the native side has. */
interface BlobPart {
  blobId: string;
  offset: number;
  size: number;
}

/** A JavaScript engine with the globals of Hermes, in which a bundle of Metro runs. */
export class Phone {
  /** What a file's `uri` stands for. */
  readonly files: Record<string, string> = {};
  readonly warnings: string[] = [];
  readonly #context: Context;
  readonly #blobs = new Map<string, Buffer>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #cookies = new Map<string, string>();
  #count = 0;

  constructor(bundle: string) {
    const warn = (text: string) => void this.warnings.push(text);
    const engine = { TextDecoder, TextEncoder, atob, btoa, clearTimeout, setTimeout };
    const runtime = { performance, queueMicrotask, console: { ...console, warn } };
    const modules = this.#modules();
    this.#context = createContext({
      ...engine,
      ...runtime,
      nativeModuleProxy: modules,
      __turboModuleProxy: (name: string) => (modules as Record<string, object>)[name] ?? null,
    });
    // Hermes has none; V8 has it in every realm.
    runInContext('delete globalThis.FinalizationRegistry', this.#context);
    runInContext(readFileSync(bundle, 'utf8'), this.#context, { filename: bundle });
  }

  /** Runs the body of an async function there, and gives what it returns, as JSON has it. */
  async run(body: string, names: Record<string, string> = {}): Promise<unknown> {
    Object.assign(this.#context, names);
    const code = `(async () => JSON.stringify(await (async () => { ${body} })()))()`;
    const json = (await runInContext(code, this.#context)) as string | undefined;
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  }

  #emit(type: string, ...args: unknown[]): void {
    (this.#context['emit'] as (type: string, args: unknown[]) => void)(type, args);
  }

  #keep(bytes: Buffer): BlobPart {
    const blobId = `native-${++this.#count}`;
    this.#blobs.set(blobId, bytes);
    return { blobId, offset: 0, size: bytes.length };
  }

  #bytesOf({ blobId, offset, size }: BlobPart): Buffer {
    return (this.#blobs.get(blobId) as Buffer).subarray(offset, offset + size);
  }

  #modules() {
    const reactNativeVersion = { major: 0, minor: 88, patch: 1 };
    return {
      PlatformConstants: { getConstants: () => ({ osVersion: '18', reactNativeVersion }) },
      BlobModule: {
        getConstants: () => ({ BLOB_URI_SCHEME: 'blob', BLOB_URI_HOST: null }),
        addNetworkingHandler() {},
        release: (id: string) => void this.#blobs.delete(id),
        createFromParts: (parts: { type: string; data: string | BlobPart }[], id: string) => {
          const bytes = parts.map(({ data }) =>
            typeof data === 'string' ? Buffer.from(data) : this.#bytesOf(data),
          );
          this.#blobs.set(id, Buffer.concat(bytes));
        },
      },
      FileReaderModule: {
        readAsText: async (blob: BlobPart) => this.#bytesOf(blob).toString(),
        readAsDataURL: async (blob: BlobPart) =>
          `data:;base64,${this.#bytesOf(blob).toString('base64')}`,
      },
      Networking: {
        sendRequest: (request: NativeRequest, callback: (id: number) => void) => {
          const id = ++this.#count;
          callback(id);
          void this.#send(id, request).catch((error: Error) =>
            this.#emit('didCompleteNetworkResponse', id, error.message, false),
          );
        },
        abortRequest: (id: number) => this.#aborts.get(id)?.abort(),
        clearCookies() {},
      },
    };
  }

  #bodyOf({ string, base64, blob, formData }: NativeBody): BodyInit | undefined {
    if (blob) return new Uint8Array(this.#bytesOf(blob));
    if (base64 !== undefined) return Buffer.from(base64, 'base64');
    if (!formData) return string;
    const form = new FormData();
    for (const { fieldName, string: text, uri, name, type = '' } of formData) {
      if (uri === undefined) form.append(fieldName, text ?? '');
      else form.append(fieldName, new Blob([this.files[uri] ?? ''], { type }), name);
    }
    return form;
  }

  async #send(id: number, { method, url, headers, data, responseType }: NativeRequest) {
    const controller = new AbortController();
    this.#aborts.set(id, controller);
    let to = url;
    let init: RequestInit = { method, headers, body: this.#bodyOf(data) ?? null };
    let response: Response;
    for (;;) {
      const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
      const own = { ...headers, ...(cookie && { cookie }) };
      const { signal } = controller;
      response = await fetch(to, { ...init, headers: own, redirect: 'manual', signal });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
        this.#cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (!location) break;
      to = new URL(location, to).href;
      init = { method: 'GET' };
    }
    this.#emit('didSendNetworkData', id, 3, 3);
    const shown = Object.fromEntries(response.headers);
    this.#emit('didReceiveNetworkResponse', id, response.status, shown, to);
    const bytes = Buffer.from(await response.arrayBuffer());
    const received = {
      text: () => bytes.toString(),
      base64: () => bytes.toString('base64'),
      blob: () => this.#keep(bytes),
    };
    this.#emit('didReceiveNetworkData', id, received[responseType]());
    this.#emit('didCompleteNetworkResponse', id, null, false);
  }
}
