/** `user:pass@` in a URL: credentials, and never a part of what is sent, shown or logged. */
import { basic } from '../middleware/auth/basic.ts';
import type { Auth } from '../types.ts';

/** Takes the userinfo out of the URL and makes Basic credentials of it. */
export function takeUserinfo(url: URL): Auth | undefined {
  if (!url.href.includes('@')) return undefined;
  let { username, password } = url;
  if (!username && !password) return undefined;
  url.username = url.password = '';
  try {
    username = decodeURIComponent(username);
    password = decodeURIComponent(password);
  } catch {
    // A lone percent sign is meant as it is.
  }
  return basic(username, password);
}
