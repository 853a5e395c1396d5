/**
 * The client below what `@hey-api/openapi-ts` generates: its calls are calls of a session. Copy it
 * into a project; the docs say how the generator is told of it.
 *
 * @module
 */
import { type CallOptions, Session, type SessionResponse } from 'isosession';

export interface ClientOptions {
  baseUrl?: string;
  throwOnError?: boolean;
}

/** Values for each call; those of a call come before. The rest are options of the session. */
export interface Config<T extends ClientOptions = ClientOptions> extends Omit<
  CallOptions,
  'headers' | 'method' | 'searchParams' | 'throwHttpErrors'
> {
  /** What sends; one without options by default. */
  session?: Session;
  /** The start of the paths; that of the session by default. */
  baseUrl?: string;
  /** Whether a call rejects with what else is its `error`. */
  throwOnError?: T['throwOnError'];
  headers?: Record<string, unknown>;
  bodySerializer?: ((body: unknown) => unknown) | null;
  querySerializer?: QueryStyles | ((query: Record<string, unknown>) => string);
  requestValidator?: (data: unknown) => Promise<unknown>;
  responseValidator?: (data: unknown) => Promise<unknown>;
  responseTransformer?: (data: unknown) => Promise<unknown>;
}

export interface RequestOptions<ThrowOnError extends boolean = boolean> extends Config<{
  throwOnError: ThrowOnError;
}> {
  url: string;
  body?: unknown;
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  /** What the API asks for: the session's `auth` gives it. */
  security?: readonly object[];
  client?: Client;
  meta?: object;
}

type OneOf<T> = T extends Record<string, unknown> ? T[keyof T] : T;

/** `Data` and `Failure` by status, as they are generated. */
export type RequestResult<
  Data = unknown,
  Failure = unknown,
  ThrowOnError extends boolean = boolean,
> = Promise<
  ThrowOnError extends true
    ? { data: OneOf<Data>; response: SessionResponse }
    : | { data: OneOf<Data>; error: undefined; response: SessionResponse }
      | { data: undefined; error: OneOf<Failure>; response: SessionResponse }
      // No whole response came, or one that a validator refuses.
      | { data: undefined; error: Error; response: SessionResponse | undefined }
>;

export interface ServerSentEventsResult<Data = unknown> {
  stream: AsyncGenerator<OneOf<Data>, void, undefined>;
}

type Method = 'delete' | 'get' | 'head' | 'options' | 'patch' | 'post' | 'put' | 'trace';
type Call = <Data = unknown, Failure = unknown, ThrowOnError extends boolean = false>(
  options: RequestOptions<ThrowOnError>,
) => RequestResult<Data, Failure, ThrowOnError>;
// The generator gives `_Failure`, too.
// eslint-disable-next-line @typescript-eslint/no-unused-vars
type EventCall = <Data = unknown, _Failure = unknown, ThrowOnError extends boolean = false>(
  options: RequestOptions<ThrowOnError>,
) => Promise<ServerSentEventsResult<Data>>;

export interface Client extends Record<Method, Call> {
  sse: Record<Method, EventCall>;
  buildUrl(options: Pick<RequestOptions, 'baseUrl' | 'path' | 'query' | 'url'>): string;
  getConfig(): Config;
  setConfig(config: Config): Config;
}

export interface TDataShape {
  body?: unknown;
  headers?: unknown;
  path?: unknown;
  query?: unknown;
  url: string;
}

/** What a generated function takes. */
export type Options<
  Data extends TDataShape = TDataShape,
  ThrowOnError extends boolean = boolean,
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the generator gives it
  _Response = unknown,
> = Omit<RequestOptions<ThrowOnError>, 'body' | 'path' | 'query' | 'url'> &
  ([Data] extends [never] ? unknown : Omit<Data, 'url'>);

/** Declare its members for what `meta` holds. */
export interface ClientMeta {}

export const createConfig = <T extends ClientOptions = ClientOptions>(
  override: Config<ClientOptions & T> = {},
): Config<ClientOptions & T> => override;

export function createClient(config: Config = {}): Client {
  let own: Session | undefined;
  let current = config;

  /** Sends, and gives the response to any status. */
  async function send(method: Method, options: RequestOptions): Promise<SessionResponse> {
    const { session = (own ??= new Session()), requestValidator } = options;
    await requestValidator?.(options);
    return session.request(buildUrl(options), {
      ...callOptions(options),
      ...bodyOf(options),
      method,
      throwHttpErrors: false,
    });
  }

  async function call(method: Method, given: RequestOptions): Promise<unknown> {
    const options = merge(current, given);
    let response: SessionResponse | undefined;
    let error: unknown;
    try {
      const answer = await send(method, options);
      const data = await read(answer);
      response = answer;
      if (answer.ok) return { data: await checked(data, options), error: undefined, response };
      error = data;
    } catch (reason) {
      error = reason;
    }
    if (options.throwOnError) throw error;
    return { data: undefined, error, response };
  }

  async function* events(method: Method, given: RequestOptions) {
    const options = merge(current, given);
    const response = await send(method, options);
    for await (const { data } of response.throwForStatus().events())
      yield await checked(parsed(data), options);
  }

  const methods: Method[] = ['delete', 'get', 'head', 'options', 'patch', 'post', 'put', 'trace'];
  const each = <T>(make: (method: Method) => T) =>
    Object.fromEntries(methods.map((method) => [method, make(method)])) as Record<Method, T>;
  return {
    ...each((method) => ((options) => call(method, options)) as Call),
    sse: each((method) => (async (options) => ({ stream: events(method, options) })) as EventCall),
    buildUrl: (options) => buildUrl(merge(current, options)),
    getConfig: () => ({ ...current }),
    setConfig: (changed) => (current = merge(current, changed)),
  };
}

const merge = <T extends Config>(config: Config, options: T): T => ({
  ...config,
  ...options,
  headers: { ...config.headers, ...options.headers },
});

/** Without a `baseUrl` relative, so that the session's stands before it. */
function buildUrl({ baseUrl, url, path, query, querySerializer }: RequestOptions): string {
  const search =
    typeof querySerializer === 'function'
      ? querySerializer(query ?? {})
      : queryOf(query ?? {}, querySerializer);
  const whole = pathOf(url, path ?? {}) + (search && `?${search}`);
  return baseUrl === undefined ? whole.slice(1) : baseUrl.replace(/\/$/, '') + whole;
}

/** What the session is not told, or by another name. */
const ours: ReadonlySet<string> = new Set<keyof RequestOptions>([
  ...(['session', 'baseUrl', 'throwOnError', 'headers', 'client', 'meta', 'security'] as const),
  ...(['url', 'body', 'path', 'query', 'bodySerializer', 'querySerializer'] as const),
  ...(['requestValidator', 'responseValidator', 'responseTransformer'] as const),
]);

function callOptions({ headers = {}, ...options }: RequestOptions): CallOptions {
  const call = Object.fromEntries(Object.entries(options).filter(([name]) => !ours.has(name)));
  const values = Object.entries(headers).flatMap(([name, value]) => {
    // Of a form only who sends it knows the type: it has the boundary.
    if (value === null && name.toLowerCase() === 'content-type') return [];
    return [[name, textOf(value)] as const];
  });
  return { ...call, headers: Object.fromEntries(values) };
}

/** A header's value; `null` takes away that of the session. */
function textOf(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return value;
  return typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function bodyOf({
  body,
  bodySerializer,
  headers,
}: RequestOptions): { json: unknown } | { body: BodyInit } | Record<never, never> {
  if (body === undefined) return {};
  if (bodySerializer) return { body: bodySerializer(body) as BodyInit };
  const type = Object.entries(headers ?? {}).find(([name]) => /^content-type$/i.test(name))?.[1];
  const isJson = bodySerializer === undefined && (type === undefined || isJsonType(String(type)));
  return isJson ? { json: body } : { body: body as BodyInit };
}

const isJsonType = (type: string): boolean => /[/+]json\b/i.test(type);

/** The data of a response, by its type. */
async function read(response: SessionResponse): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  if (isJsonType(type) || !response.ok) return parsed(await response.text());
  if (type === '' || type.startsWith('text/')) return (await response.text()) || undefined;
  return response.blob();
}

/** JSON, or the text that it is not. */
function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

async function checked(
  data: unknown,
  { responseValidator, responseTransformer }: RequestOptions,
): Promise<unknown> {
  await responseValidator?.(data);
  return responseTransformer ? responseTransformer(data) : data;
}

/** How arrays and objects of a query are written: `explode` gives each of their values a name. */
export interface QueryStyle {
  array?: { explode?: boolean; style?: 'form' | 'spaceDelimited' | 'pipeDelimited' };
  object?: { explode?: boolean; style?: 'deepObject' | 'form' };
}

/** For all parameters, and for one of a name. */
export interface QueryStyles extends QueryStyle {
  parameters?: Record<string, QueryStyle>;
}

const encode = (value: unknown): string =>
  encodeURIComponent(value instanceof Date ? value.toISOString() : String(value));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date);

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** A path with its parameters, in the style `simple`. */
export const pathOf = (template: string, values: Record<string, unknown>): string =>
  template.replace(/\{(\w[^{}]*)\}/g, (_, name: string) => {
    const value = values[name];
    if (!isGiven(value)) throw new TypeError(`The path ${template} needs a value for ${name}`);
    return isObject(value)
      ? (Array.isArray(value) ? value : Object.entries(value).flat()).map(encode).join(',')
      : encode(value);
  });

/** A query without its `?`. Arrays are repeated by default, objects are `name[key]=value`. */
export function queryOf(query: Record<string, unknown>, styles: QueryStyles = {}): string {
  return Object.entries(query)
    .filter(([, value]) => isGiven(value))
    .flatMap(([name, value]) => {
      const style = { ...styles, ...styles.parameters?.[name] };
      if (Array.isArray(value)) return arrayPairs(name, value, style);
      return isObject(value) ? objectPairs(name, value, style) : [pair(name, encode(value))];
    })
    .join('&');
}

const pair = (name: string, encoded: string): string => `${encodeURIComponent(name)}=${encoded}`;

const separators = { form: ',', spaceDelimited: '%20', pipeDelimited: '|' };

function arrayPairs(name: string, values: unknown[], { array = {} }: QueryStyle): string[] {
  const { explode = true, style = 'form' } = array;
  const encoded = values.filter(isGiven).map(encode);
  if (explode) return encoded.map((value) => pair(name, value));
  return encoded.length > 0 ? [pair(name, encoded.join(separators[style]))] : [];
}

function objectPairs(
  name: string,
  values: Record<string, unknown>,
  { object = {} }: QueryStyle,
): string[] {
  const { explode = true, style = 'deepObject' } = object;
  const entries = Object.entries(values).filter(([, value]) => isGiven(value));
  if (style === 'deepObject')
    return entries.map(([key, value]) => pair(`${name}[${key}]`, encode(value)));
  if (explode) return entries.map(([key, value]) => pair(key, encode(value)));
  return [pair(name, entries.flat().map(encode).join(','))];
}

/** The texts and files of a form, a list as several of one name; the rest is JSON. */
function formEntries(body: unknown): [string, string | Blob][] {
  const lists = Object.entries(body as Record<string, unknown>).map(
    ([name, value]) => [name, Array.isArray(value) ? (value as unknown[]) : [value]] as const,
  );
  return lists.flatMap(([name, values]) =>
    values
      .filter(isGiven)
      .map((value): [string, string | Blob] => [name, isFormValue(value) ? value : toJson(value)]),
  );
}

const isFormValue = (value: unknown): value is string | Blob =>
  typeof value === 'string' || value instanceof Blob;

const toJson = (value: unknown): string =>
  value instanceof Date ? value.toISOString() : JSON.stringify(value);

/** What is generated for a body of `multipart/form-data`. */
export const formDataBodySerializer = {
  bodySerializer(body: unknown): FormData {
    const form = new FormData();
    for (const [name, value] of formEntries(body)) form.append(name, value);
    return form;
  },
};

/** What is generated for a body of `application/x-www-form-urlencoded`. */
export const urlSearchParamsBodySerializer = {
  bodySerializer: (body: unknown): URLSearchParams =>
    new URLSearchParams(formEntries(body).map(([name, value]) => [name, value as string])),
};
