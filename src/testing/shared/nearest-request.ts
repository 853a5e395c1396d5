/** Which of several known requests one was probably meant to be. */

/** The one that is most like `text`, by the pairs of characters that they share. */
export function nearestTo<T>(
  text: string,
  known: readonly T[],
  textOf: (item: T) => string,
): T | undefined {
  const wanted = pairsOf(text);
  let best: T | undefined;
  let most = -1;
  for (const item of known) {
    const likeness = share(wanted, pairsOf(textOf(item)));
    if (likeness > most) [best, most] = [item, likeness];
  }
  return best;
}

function pairsOf(text: string): Set<string> {
  const pairs = new Set<string>();
  for (let i = 0; i < text.length - 1; i++) pairs.add(text.slice(i, i + 2));
  return pairs;
}

/** Dice's coefficient: 1 for equal sets, 0 for ones that have nothing in common. */
function share(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let common = 0;
  for (const pair of one) if (other.has(pair)) common++;
  return (2 * common) / (one.size + other.size || 1);
}
