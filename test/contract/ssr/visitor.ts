import type { Session } from 'isosession';
import { forwardSession, type ForwardOptions } from 'isosession/ssr';
import { onTestFinished } from 'vitest';

/** Opens a session for a visitor who has asked for a page. It ends with its test. */
export function openForVisitor(
  parent: Session,
  headers: Record<string, string>,
  options: ForwardOptions,
  init: RequestInit = {},
): Session {
  const session = forwardSession(
    parent,
    new Request('https://www.example.com/page', { ...init, headers }),
    options,
  );
  onTestFinished(() => session.destroy());
  return session;
}
