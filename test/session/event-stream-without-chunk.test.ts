/** A page whose site was deployed anew: the part of the library that reads events is gone. */
import { eventStream, NetworkError, Session } from 'isosession';
import { mockTransport } from 'isosession/testing';
import { expect, test, vi } from 'vitest';
import { rejection } from '../support/contract.ts';

vi.mock('../../src/response/text/read-text.ts', () => {
  throw new TypeError('Failed to fetch dynamically imported module');
});

test('F63: a stream whose reader cannot be loaded is not asked for, again and again', async () => {
  const transport = mockTransport(() => new Response('data: a\n\n'));
  const session = new Session({ transport });
  const onReconnect = vi.fn();
  const events = eventStream(session, 'http://app.test/', { onReconnect });
  const error = await rejection(events.next(), NetworkError);
  expect(error.message).toContain('could not be loaded');
  expect(onReconnect).not.toHaveBeenCalled();
  await session.close();
});
