/**
 * `isosession/opentelemetry`: spans and metrics of what a session does.
 *
 * @module
 */
export { opentelemetry, type OpenTelemetryOptions } from './opentelemetry.ts';
