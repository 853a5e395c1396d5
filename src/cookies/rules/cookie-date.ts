const delimiters = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;
const timeToken = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/;
const dayToken = /^\d{1,2}(?!\d)/;
const yearToken = /^\d{2,4}(?!\d)/;
const months = new Map(
  ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map(
    (month, index) => [month, index],
  ),
);

/** What the tokens of a date have told so far. */
interface DateParts {
  time?: { readonly hour: number; readonly minute: number; readonly second: number };
  day?: number;
  /** 0 to 11, as `Date` counts. */
  month?: number;
  year?: number;
}

/**
 * A cookie-date in ms since 1970, or `undefined` (RFC 6265bis section 5.1.1). It reads what servers
 * have sent since 1994, the parts in any order; a time zone is ignored. Linear in the length of the
 * text.
 */
export function parseCookieDate(text: string): number | undefined {
  // Steps 1 and 2.
  const found: DateParts = {};
  for (const token of text.split(delimiters)) readToken(found, token);
  const { time, day, month, year } = found;
  // Step 5, the parts that are missing.
  if (time === undefined || day === undefined || month === undefined || year === undefined)
    return undefined;
  const fullYear = toFullYear(year);
  // Step 5, the parts that are out of range; the day is told by step 6.
  if (fullYear < 1601 || time.hour > 23 || time.minute > 59 || time.second > 59) return undefined;
  // Step 6. `Date` would make the 30th of February one of March: there is no such date.
  const date = new Date(Date.UTC(fullYear, month, day, time.hour, time.minute, time.second));
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** Step 2: a token is the first part that is still wanted and that it looks like. */
function readToken(found: DateParts, token: string): void {
  if (found.time === undefined) {
    const time = timeToken.exec(token);
    if (time !== null) {
      found.time = { hour: Number(time[1]), minute: Number(time[2]), second: Number(time[3]) };
      return;
    }
  }
  if (found.day === undefined && dayToken.test(token)) {
    found.day = Number.parseInt(token, 10);
    return;
  }
  if (found.month === undefined) {
    const month = months.get(token.slice(0, 3).toLowerCase());
    if (month !== undefined) {
      found.month = month;
      return;
    }
  }
  if (found.year === undefined && yearToken.test(token)) found.year = Number.parseInt(token, 10);
}

/** Steps 3 and 4: two digits are a year from 1970 to 2069. */
function toFullYear(year: number): number {
  if (year >= 70 && year <= 99) return year + 1900;
  return year <= 69 ? year + 2000 : year;
}
