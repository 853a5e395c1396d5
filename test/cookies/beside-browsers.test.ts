import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newJar, respond, send } from './jars.ts';

const data = new URL('../../../shared/data/browser-cookies/browsers.json', import.meta.url);

/** What happens before a browser is asked; a line is text with one character a byte. */
interface Step {
  at?: string;
  setCookie?: string[];
  /** Whole header lines. */
  headers?: string[];
  /** What scripts assign to `document.cookie`. */
  script?: string[];
  /** ms. */
  wait?: number;
  /** The one line once for each number from the first to the last, which stands for its `#`. */
  repeat?: [number, number];
}

interface Scenario {
  id: number;
  title: string;
  steps: Step[];
  ask: string;
  chromium: string;
  firefox: string;
}

/**
 * The scenarios in which the jar agrees with neither browser, each with the section of RFC 6265bis
 * that says what the jar does.
 */
const departures = new Map([
  [242, '5.1.1 step 5: a date before 1601 is none, so that the cookie lives on'],
  [254, '5.1.1: a day of the month may be followed by any other character than a digit'],
  [280, '5.6.1 step 2: an Expires that is no date is ignored, and an earlier one stands'],
  [434, '4.1.3: servers that trim more than spaces and tabs would see a prefix not earned'],
  [476, '5.7 step 23.3: a cookie that is replaced keeps its place, one without a name, too'],
  [488, '5.7, "remove excess cookies": down to the bound that is exceeded, and not below'],
  [490, '5.7, "remove excess cookies": down to the bound that is exceeded, and not below'],
  [494, '4.2.1: many servers refuse a header of more than 8192 bytes'],
  [496, '4.2.1: many servers refuse a header of more than 8192 bytes'],
  [498, '5.7, "remove excess cookies": down to the bound that is exceeded, and not below'],
]);

afterEach(() => {
  vi.useRealTimers();
});

/** Text with its abbreviations: `{x*4096}` is 4096 times x. */
function expand(text: string): string {
  return text.replace(/\{([^*{}]+)\*(\d+)\}/g, (_, part: string, times: string) =>
    part.repeat(Number(times)),
  );
}

function linesOf({ setCookie, headers = [], repeat }: Step): string[] {
  const lines =
    setCookie ?? headers.flatMap((line) => /^set-cookie:(.*)$/i.exec(line)?.[1]?.trim() ?? []);
  if (repeat === undefined) return lines.map(expand);
  const [first, last] = repeat;
  return lines.flatMap((line) =>
    Array.from({ length: last - first + 1 }, (_, i) => expand(line.replace('#', `${first + i}`))),
  );
}

/** The header that the jar sends where the browsers were asked. */
async function answerOf({ steps, ask }: Scenario): Promise<string> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 30) });
  const jar = newJar();
  for (const step of steps) {
    vi.advanceTimersByTime(step.wait ?? 0);
    if (step.at === undefined) continue;
    const url = expand(step.at);
    send(jar, url);
    respond(jar, url, ...linesOf(step));
    for (const line of step.script ?? []) {
      const bytes = Buffer.from(expand(line), 'utf8').toString('latin1');
      await jar.set(bytes, url, { http: false });
    }
  }
  return send(jar, expand(ask));
}

if (!existsSync(data)) {
  it('has no data of browsers beside the repository, so its scenarios are not run', () => {
    console.warn(`${data.pathname} is absent: the jar is not compared with browsers`);
    expect(existsSync(data)).toBe(false);
  });
} else {
  describe('C22: what the jar sends, beside what browsers send', () => {
    const { scenarios } = JSON.parse(readFileSync(data, 'utf8')) as { scenarios: Scenario[] };

    it.each(scenarios)('$id: $title', async (scenario) => {
      const answers = [scenario.chromium, scenario.firefox].map(expand);
      const answer = await answerOf(scenario);
      // One that comes to agree is to leave the list.
      if (departures.has(scenario.id)) expect(answers).not.toContain(answer);
      else expect(answers).toContain(answer);
    });

    it('is what both browsers send in most of 275 scenarios; each departure is named', async () => {
      const agreed = { chromium: 0, firefox: 0 };
      for (const scenario of scenarios) {
        const answer = await answerOf(scenario);
        if (answer === expand(scenario.chromium)) agreed.chromium++;
        if (answer === expand(scenario.firefox)) agreed.firefox++;
      }
      // Both figures only go up.
      expect(agreed).toEqual({ chromium: 258, firefox: 248 });
      const ids = scenarios.map(({ id }) => id);
      expect(ids).toHaveLength(275);
      expect(ids).toEqual(expect.arrayContaining([...departures.keys()]));
    });
  });
}
