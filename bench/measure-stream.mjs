/** Milliseconds between two looks at the resident set. */
const samplePeriod = 10;

const chunkSize = 64 * 1024;

/**
 * Memory of its own for each chunk, as a file would give: a client that keeps them all must be seen
 * to.
 */
async function* chunks(length) {
  for (let left = length; left > 0; left -= chunkSize)
    yield Buffer.alloc(Math.min(left, chunkSize), left);
}

/**
 * Runs `transfer` and watches; `rss` is where the resident set stood at its highest and at its end,
 * in bytes.
 */
async function watch(transfer, length) {
  const highWaterBefore = process.resourceUsage().maxRSS;
  let peak = process.memoryUsage.rss();
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, samplePeriod);
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const moved = await transfer();
  const wall = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  clearInterval(sampler);
  if (moved !== length) throw new Error(`${moved} bytes were moved, not ${length}`);
  const rss = process.memoryUsage.rss();
  const highWater = process.resourceUsage().maxRSS;
  // The kernel's own mark misses nothing between two samples, but says something only when this
  // transfer raised it.
  peak = Math.max(peak, rss, highWater > highWaterBefore ? highWater * 1024 : 0);
  return { wall, cpu: (cpu.user + cpu.system) / 1000, peak, rss };
}

export function measureDownload(client, url, length) {
  return watch(async () => {
    let bytes = 0;
    for await (const chunk of await client.download(url)) bytes += chunk.length;
    return bytes;
  }, length);
}

export function measureUpload(client, url, length) {
  return watch(async () => (await client.upload(url, chunks(length))).bytes, length);
}
