import { Session } from 'isosession';
import { expect, test } from 'vitest';

const parts = ['auth', 'baseUrl', 'headers', 'searchParams', 'context', 'hooks', 'rings', 'mounts'];

test.each([...parts, 'options', 'refuse', 'connections'])(
  'M1: a session without a parent inherits no %s of Object.prototype',
  async (name) => {
    const canary = { canary: true };
    Object.defineProperty(Object.prototype, name, { value: canary, configurable: true });
    let session;
    try {
      session = new Session();
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    const { auth, baseUrl, timeout } = new Session();
    expect([session.auth, session.baseUrl, session.timeout]).toEqual([auth, baseUrl, timeout]);
    expect([...session.headers]).toEqual([...new Session().headers]);
    await session.close();
  },
);
