/** What the entries do, for tests of what is below them. */
import * as ToughCookie from 'tough-cookie';
import { provideToughCookie } from '../../src/cookies/rules/tough-cookie.ts';

provideToughCookie(() => ToughCookie);
