/** What the API does. Everything is in memory, and gone when the process ends. */
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Note } from '../shared/notes.ts';
import type { Grant, Logins } from './logins.ts';

export interface Answer {
  status?: number;
  data: unknown;
  headers?: Record<string, string>;
  /** `Set-Cookie` lines. */
  cookies?: string[];
}

interface ApiRequest {
  request: IncomingMessage;
  cookies: Record<string, string>;
  searchParams: URLSearchParams;
}

type Route = (call: ApiRequest) => Answer | Promise<Answer>;

const password = 'notes';
const month = 30 * 24 * 3600;
const mostBytes = 64 * 1024 * 1024;
const mostCharacters = 64 * 1024;

/**
 * How long each MiB of an upload takes, in ms: without a network between, a progress bar has
 * nothing to show.
 */
const msPerMebibyte = 120;

const welcome: Omit<Note, 'id'>[] = [
  {
    text: 'The page server rendered this list with your cookies, and the browser took it over without asking again.',
    at: '2026-03-02T08:30:00Z',
  },
  { text: '<script>alert("notes are text")</script>', at: '2026-03-01T17:05:00Z' },
];

/**
 * Not readable by scripts, not sent along by other sites' forms. Over https they would be `Secure`
 * as well.
 */
function setCookies({ accessToken, refreshToken }: Grant, lifetime: number): string[] {
  return [
    `access=${accessToken}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${Math.ceil(lifetime / 1000)}`,
    `refresh=${refreshToken}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${month}`,
  ];
}
const clearCookies = ['access', 'refresh'].map(
  (name) => `${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`,
);

/**
 * An object of no members for what is no JSON or too long to be a form: it has nothing that a route
 * looks for.
 */
async function readJson({ request }: ApiRequest): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>)
    if ((text += chunk).length > mostCharacters) return {};
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** By method and path. */
export function routes(logins: Logins, lifetime: number): Record<string, Route> {
  const notebooks = new Map<string, Note[]>();
  /** How often each user was turned away. */
  const refusals = new Map<string, number>();

  const notesOf = (user: string): Note[] => {
    const notes =
      notebooks.get(user) ??
      welcome.map((note, index) => ({ id: welcome.length - index, ...note }));
    notebooks.set(user, notes);
    return notes;
  };
  const add = (user: string, note: Pick<Note, 'text' | 'file'>): Answer => {
    const notes = notesOf(user);
    notes.unshift({ id: notes.length + 1, at: new Date().toISOString(), ...note });
    return { status: 201, data: notes[0] };
  };
  /** For those who are logged in. */
  const own =
    (route: (user: string, call: ApiRequest) => Answer | Promise<Answer>): Route =>
    (call) => {
      const login = logins.find(call.cookies['access']);
      return login ? route(login.user, call) : { status: 401, data: { error: 'Log in first.' } };
    };

  return {
    // A 401 only where a renewal helps: nobody need renew to learn that nobody is logged in.
    'GET /session'({ cookies }) {
      const login = logins.find(cookies['access']);
      if (!login && logins.canRenew(cookies['refresh']))
        return { status: 401, data: { error: 'The access token is over.' } };
      return { data: { user: login?.user ?? null, login: login?.id ?? null } };
    },

    async 'POST /login'(call) {
      const { name, password: given } = await readJson(call);
      if (typeof name !== 'string' || !name.trim() || given !== password)
        return { status: 401, data: { error: 'The name or the password is wrong.' } };
      return {
        data: { user: name.trim() },
        cookies: setCookies(logins.begin(name.trim().slice(0, 40)), lifetime),
      };
    },

    'POST /token'({ cookies }) {
      const grant = logins.renew(cookies['refresh']);
      return grant
        ? { data: {}, cookies: setCookies(grant, lifetime) }
        : { status: 401, data: { error: 'The login is over.' }, cookies: clearCookies };
    },

    'POST /logout'({ cookies }) {
      logins.end(cookies['refresh']);
      return { data: {}, cookies: clearCookies };
    },

    'GET /notes': own((user) => ({ data: notesOf(user) })),

    'POST /notes': own(async (user, call) => {
      const { text } = await readJson(call);
      if (typeof text !== 'string' || !text.trim())
        return { status: 422, data: { error: 'A note needs a text.' } };
      return add(user, { text: text.trim().slice(0, 2000) });
    }),

    'POST /files': own(async (user, { request, searchParams }) => {
      let bytes = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > mostBytes)
          return {
            status: 413,
            data: { error: 'A file may have 64 MiB.' },
            headers: { connection: 'close' },
          };
        await setTimeout((chunk.length / 1024 / 1024) * msPerMebibyte);
      }
      return add(user, {
        text: '',
        file: { name: searchParams.get('name')?.slice(0, 200) || 'file', bytes },
      });
    }),

    'GET /slow': own(async () => {
      await setTimeout(2000);
      return { data: {} };
    }),

    'GET /flaky': own((user) => {
      const count = (refusals.get(user) ?? 0) + 1;
      refusals.set(user, count);
      return count % 3
        ? { status: 503, data: { error: 'Busy.' }, headers: { 'retry-after': '1' } }
        : { data: {} };
    }),

    'POST /expire': own((_, { cookies }) => {
      logins.expire(cookies['access']);
      return { data: {} };
    }),
  };
}
