import type { Site } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

/** The request that came last to a site, and its body. */
export async function lastRequest(site: Site): Promise<JournalEntry> {
  return (await site.requests()).at(-1) as JournalEntry;
}
