/** A call, and the one of its session that began before it. */
export interface ListedCall<C> {
  readonly older: C | undefined;
}

/** The calls of a session that are awaited, or whose bodies are still open. */
export function openCalls<C extends ListedCall<C>>(session: { newest: C | undefined }): C[] {
  const calls: C[] = [];
  for (let call = session.newest; call; call = call.older) calls.push(call);
  return calls;
}
