/** Interim responses that are let pass; curl and browsers stop too. */
const maxInterim = 100;

/** Throws for the status of an interim response that is none, and for the `count`th if too many. */
export function checkInterim(status: number, count: number): void {
  if (status < 100)
    throw new Error(`the response has the status ${status}, and there is none below 100`);
  if (count > maxInterim) throw new Error(`more than ${maxInterim} interim responses`);
}
