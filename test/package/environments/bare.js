/** Jest's jsdom has nothing of `fetch`: it can import the package, and is told what is missing. */
import { Session, SessionError } from 'isosession';

test('a host without fetch is told what to do', () => {
  let error;
  try {
    new Session();
  } catch (thrown) {
    error = thrown;
  }
  expect(SessionError.is(error)).toBe(true);
  expect(error).toMatchObject({ name: 'UnsupportedError', code: 'ERR_UNSUPPORTED' });
  expect(error.message).toContain('jest-fixed-jsdom');
});
