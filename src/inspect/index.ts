/**
 * `isosession/inspect`: what a session sends and has sent, for people and their tools.
 *
 * @module
 */
export { explain } from './explain.ts';
export type { Explained, Explanation, Source } from './explanation.ts';
export { type HarRecorder, harRecorder, type HarRecorderOptions } from './har/har-recorder.ts';
export { logger, type LoggedError, type LoggerOptions, type LogRecord } from './logger.ts';
export { toCurl, type ToCurlOptions } from './to-curl.ts';
export type { Showable } from './shared/shown-request.ts';
export type {
  Har,
  HarContent,
  HarCookie,
  HarCreator,
  HarEntry,
  HarLog,
  HarPair,
  HarParam,
  HarPostData,
  HarRequest,
  HarResponse,
  HarTimings,
} from '../har/har.ts';
