/** How many requests an operation has in the air at once. */
export const requestsAtOnce = 24;

/**
 * Runs `work` over the items, at most `limit` at a time; the answers stand in the items' order. The first error (in the
 * items' order among those that failed) is thrown once what is running has ended; nothing new is started after it.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  limit = requestsAtOnce,
): Promise<R[]> {
  const out: R[] = [];
  let next = 0;
  let failedAt = Number.POSITIVE_INFINITY;
  let failure: unknown;
  const worker = async () => {
    while (next < items.length && failedAt === Number.POSITIVE_INFINITY) {
      const index = next++;
      try {
        out[index] = await work(items[index] as T, index);
      } catch (error) {
        if (index < failedAt) {
          failedAt = index;
          failure = error;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failedAt !== Number.POSITIVE_INFINITY) throw failure;
  return out;
}

/** Neighbours of one kind, as groups: what Helm creates and deletes at once. */
export function ranks<T>(items: readonly T[], kindOf: (item: T) => string): T[][] {
  const out: T[][] = [];
  for (const item of items) {
    const last = out.at(-1);
    if (last !== undefined && kindOf(last[0] as T) === kindOf(item)) last.push(item);
    else out.push([item]);
  }
  return out;
}
