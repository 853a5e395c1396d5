const delimiters = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;
const months = 'janfebmaraprmayjunjulaugsepoctnovdec';

/**
 * A cookie date in ms since 1970, or `undefined`. Reads what servers have sent since 1994, in any
 * order of its parts; a zone is ignored (RFC 6265bis section 5.1.1). Linear in the length of the
 * text.
 */
export function parseCookieDate(text: string): number | undefined {
  let time: RegExpExecArray | null = null;
  let day = -1;
  let month = -1;
  let year = -1;
  for (const token of text.split(delimiters)) {
    if (time === null && (time = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token)) !== null)
      continue;
    if (day < 0 && /^\d{1,2}(?!\d)/.test(token)) {
      day = Number.parseInt(token, 10);
      continue;
    }
    if (month < 0) {
      const at = token.length < 3 ? -1 : months.indexOf(token.slice(0, 3).toLowerCase());
      if (at >= 0 && at % 3 === 0) {
        month = at / 3;
        continue;
      }
    }
    if (year < 0 && /^\d{2,4}(?!\d)/.test(token)) year = Number.parseInt(token, 10);
  }
  if (time === null || day < 0 || month < 0 || year < 0) return undefined;
  if (year < 70) year += 2000;
  else if (year < 100) year += 1900;
  const [hour, minute, second] = [Number(time[1]), Number(time[2]), Number(time[3])];
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second));
  // 30 February would roll over into March: no such date.
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getTime() : undefined;
}
