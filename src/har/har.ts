/** HTTP archives, version 1.2, as far as they are written and read here. */

/** An HTTP archive 1.2. */
export interface Har {
  /** What was recorded. */
  log: HarLog;
}

/** The one part of an archive. */
export interface HarLog {
  /** Of the format. */
  version: string;
  /** The program that has written it. */
  creator: HarCreator;
  /** A hop each, in the order in which they began. */
  entries: HarEntry[];
  /** What a reader should know. */
  comment?: string;
}

/** A program that writes archives. */
export interface HarCreator {
  /** What it is called. */
  name: string;
  /** Its own. */
  version: string;
}

/** One request and its response. */
export interface HarEntry {
  /** When it began, as ISO 8601 has it. */
  startedDateTime: string;
  /** ms in all: the sum of `timings`. */
  time: number;
  /** What was sent. */
  request: HarRequest;
  /** What came; its status is 0 where nothing did. */
  response: HarResponse;
  /** Nothing is told of caches. */
  cache: Record<string, never>;
  /** Where the time went. */
  timings: HarTimings;
  /** The address that was connected to: of a proxy, where there is one. */
  serverIPAddress?: string;
  /** By which requests on one connection are known: the port of this end. */
  connection?: string;
  /** The attempt within its call, from 1. */
  _attempt?: number;
  /** The redirects that led to it. */
  _hop?: number;
  /** Why there is no response, or no whole one. */
  _error?: string;
}

/** A request. */
export interface HarRequest {
  /** In upper case where HTTP defines it. */
  method: string;
  /** Absolute, without a fragment. */
  url: string;
  /** Such as `HTTP/1.1`. */
  httpVersion: string;
  /** Those of the `cookie` header. */
  cookies: HarCookie[];
  /** As they went out. */
  headers: HarPair[];
  /** The parameters of the URL. */
  queryString: HarPair[];
  /** The body, where there is one. */
  postData?: HarPostData;
  /** Bytes; -1: not known. */
  headersSize: number;
  /** Bytes; -1: not known. */
  bodySize: number;
}

/** A response. */
export interface HarResponse {
  /** 0 where none has come. */
  status: number;
  /** As it came, which is empty in HTTP/2. */
  statusText: string;
  /** Such as `HTTP/1.1`. */
  httpVersion: string;
  /** Those that it set. */
  cookies: HarCookie[];
  /** As they came. */
  headers: HarPair[];
  /** The body, decoded. */
  content: HarContent;
  /** Its `location`, or empty. */
  redirectURL: string;
  /** Bytes; -1: not known. */
  headersSize: number;
  /** Bytes on the wire; -1: not known. */
  bodySize: number;
}

/** A name and its value. */
export interface HarPair {
  /** May stand several times. */
  name: string;
  /** Without a coding. */
  value: string;
}

/** A cookie; of a request its name and value. */
export interface HarCookie extends HarPair {
  /** Where it holds. */
  path?: string;
  /** Of the host alone without one. */
  domain?: string;
  /** When it ends, as ISO 8601 has it; with the session without one. */
  expires?: string;
  /** No script sees it. */
  httpOnly?: boolean;
  /** Over TLS alone. */
  secure?: boolean;
  /** `Strict`, `Lax` or `None`. */
  sameSite?: string;
}

/** The body of a request. */
export interface HarPostData {
  /** Its content-type. */
  mimeType: string;
  /** As text. */
  text?: string;
  /** The fields of a form with files. */
  params?: HarParam[];
  /** Why it is not here. */
  comment?: string;
}

/** A field of a form. */
export interface HarParam {
  /** May stand several times. */
  name: string;
  /** Of a field that is no file. */
  value?: string;
  /** Of a file, whose content is left out. */
  fileName?: string;
  /** Of a file. */
  contentType?: string;
}

/** The body of a response. */
export interface HarContent {
  /** Bytes, decoded. */
  size: number;
  /** Its content-type. */
  mimeType: string;
  /** Left out where it is too large, unread or may hold secrets. */
  text?: string;
  /** `base64` where it is no text. */
  encoding?: string;
  /** Why it is not here. */
  comment?: string;
}

/** Where the time went, in ms; -1: not applicable, or not known. */
export interface HarTimings {
  /** It waited for a connection. */
  blocked: number;
  /** The name was resolved. */
  dns: number;
  /** The connection was opened, TLS included. */
  connect: number;
  /** The part of `connect` that TLS has taken. */
  ssl: number;
  /** The body was sent. */
  send: number;
  /** From there to the headers of the response. */
  wait: number;
  /** From there to the end of the body. */
  receive: number;
}
