import { oneValue } from '../response/text/parameters.ts';
import { SessionResponse } from '../response/session-response.ts';

/** `Headers` joins several lines; the next one begins as a URL does. */
const betweenUrls = /, (?=\/|https?:)/i;

/** The places that a redirect names: none without a `Location` or with an empty one. */
export function locationsOf(response: SessionResponse): string[] {
  const field = response.headers.get('location') ?? '';
  const { locations } = SessionResponse.stateOf(response);
  // A middleware may have set another.
  const lines = locations?.join(', ') === field ? locations : oneValue(field).split(betweenUrls);
  return [...new Set(lines)].filter(Boolean);
}
