import { beforeAll, describe, expect, it } from 'vitest';
import { docExamples, problemsOf } from '../support/snippets.ts';

const examples = docExamples();

// What must not compile, to know that somebody looks, and what must.
const wrong = {
  'an option that is none': "await session.get('x', { params: {} });",
  'an implicit any': 'const twice = (value) => 2 * value;',
  'an import that is none': "import { nothing } from 'isosession';",
  'a name that is none': 'await unknownSession.get(1);',
};
const right = {
  'public names and a session': "session.auth = basic('a', 'b');\nconst auth: Auth = bearer('c');",
  'a session of its own': "const session = new Session();\nawait session.get('x');",
  'a parameter named as a verb': 'session.use((request, next) => next({ ...request }));',
  'several entries': 'useTransport(mockTransport(() => new Response()));\nundiciTransport();',
};

describe('the examples in docstrings', () => {
  let problems: Record<string, string[]>;
  beforeAll(() => {
    const others = Object.entries({ ...wrong, ...right });
    problems = problemsOf([...examples, ...others.map(([name, code]) => ({ name, code }))]);
  });

  it('are there', () => {
    expect(examples.length).toBeGreaterThan(25);
  });

  it('compile in strict TypeScript, with nothing but public names', () => {
    const names = new Set(examples.map(({ name }) => name));
    expect(Object.entries(problems).filter(([name]) => names.has(name))).toEqual([]);
  });

  it.each(Object.keys(wrong))('would not compile with %s', (name) => {
    expect(problems[name]).toBeDefined();
  });

  it.each(Object.keys(right))('may take for granted %s', (name) => {
    expect(problems[name]).toBeUndefined();
  });
});
