/**
 * The chart of the bench: CPU time per call, a group of bars for each number of calls at a time.
 */

const width = 760;
const left = 150;
const row = 22;

/** `calls`: rows by concurrency. Readable on light and dark pages: it brings its own ground. */
export function chart(calls, runtime) {
  const parts = [];
  let y = 58;
  const groups = Object.entries(calls).reverse();
  const most = Math.max(...groups.flatMap(([, rows]) => rows.map(({ cpu }) => cpu)));
  const scale = (width - left - 150) / most;
  for (const [concurrency, rows] of groups) {
    parts.push(
      `<text x="20" y="${y}" class="head">${concurrency === '1' ? 'One call at a time' : `${concurrency} calls at a time`}</text>`,
    );
    y += 12;
    for (const { name, cpu, ratio } of rows.toSorted((a, b) => a.cpu - b.cpu)) {
      const length = Math.max(cpu * scale, 2);
      const kind = name === 'isosession' ? 'own' : 'peer';
      parts.push(
        `<text x="${left - 10}" y="${y + 14}" class="name ${kind}" text-anchor="end">${name}</text>`,
      );
      parts.push(
        `<rect x="${left}" y="${y + 3}" width="${length.toFixed(1)}" height="${row - 8}" rx="2" class="${kind}"/>`,
      );
      parts.push(
        `<text x="${(left + length + 8).toFixed(1)}" y="${y + 14}" class="value">${cpu.toFixed(1)} µs${ratio === undefined ? '' : ` · ${ratio.toFixed(2)} ×`}</text>`,
      );
      y += row;
    }
    y += 30;
  }
  const height = y - 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="CPU time per call">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2933 }
.title { font-size: 16px; font-weight: 600 }
.head { font-weight: 600 }
.name.own { font-weight: 600 }
.value, .note { fill: #52606d }
rect.ground { fill: #fbfcfd; stroke: #d9e2ec }
rect.own { fill: #0b7285 }
rect.peer { fill: #a9b8c6 }
</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
<text x="20" y="30" class="title">CPU time per call</text>
<text x="${width - 20}" y="30" class="note" text-anchor="end">GET of 1 kB of JSON on ${runtime} · × undici.request in the same round</text>
${parts.join('\n')}
</svg>
`;
}
