/**
 * `isosession/testing`: transports for tests, and tests for transports.
 *
 * @module
 */
export {
  conformance,
  type ConformanceServer,
  conformanceServer,
  type ConformanceTools,
} from './conformance/conformance.ts';
export type { MockCall, MockData, MockReply, MockRoute } from './mock/mock-route.ts';
export { type AddMockRoute, mockTransport, type MockTransport } from './mock/mock-transport.ts';
export type { PathParams } from './mock/path-pattern.ts';
export {
  recordTransport,
  type RecordTransport,
  type RecordTransportOptions,
} from './recording/record-transport.ts';
export type { RedactRules } from './recording/redact-rules.ts';
export { replayTransport, type ReplayTransportOptions } from './recording/replay-transport.ts';
export { useTransport } from './use-transport.ts';
