/** Bytes that the heap has grown by between the end of a first run and of a second one. */
export async function heapGrowth(run: () => Promise<unknown>): Promise<number> {
  const afterRun = async (): Promise<number> => {
    await run();
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const before = await afterRun();
  return (await afterRun()) - before;
}
