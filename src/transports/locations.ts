import { oneValue } from '../response/text/parameters.ts';
import { SessionResponse } from '../response/session-response.ts';

/** How a URL begins, or a reference to one that is more than a name. */
const beginning = 'https?:|[/?.#]';
const beginsAsUrl = new RegExp(`^(?:${beginning})`, 'i');
const betweenUrls = new RegExp(`, (?=${beginning})`, 'i');

/**
 * `Headers` joins several lines. A URL has no space, but servers send some (`/?q=Smith, John`): the
 * next one begins as a URL does, or else any may.
 */
function separate(joined: string): string[] {
  return joined.split(beginsAsUrl.test(joined) ? betweenUrls : ', ');
}

/** The places that a redirect names: none without a `Location` or with an empty one. */
export function locationsOf(response: SessionResponse): string[] {
  const field = response.headers.get('location') ?? '';
  const { locations } = SessionResponse.stateOf(response);
  // A middleware may have set another.
  const lines = locations?.join(', ') === field ? locations : separate(oneValue(field));
  return [...new Set(lines)].filter(Boolean);
}
