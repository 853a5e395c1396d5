/**
 * `isosession/inspect`: what a session sends and has sent, for people and their tools.
 *
 * @module
 */
export { type HarRecorder, harRecorder, type HarRecorderOptions } from './har/har-recorder.ts';
export { logger, type LoggerOptions, type LogRecord } from './logger.ts';
export { toCurl, type ToCurlOptions } from './to-curl.ts';
export type { Showable } from './shown-request.ts';
export type {
  Har,
  HarContent,
  HarCookie,
  HarEntry,
  HarLog,
  HarPair,
  HarPostData,
  HarRequest,
  HarResponse,
  HarTimings,
} from '../har/har.ts';
