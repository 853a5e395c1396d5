/**
 * Draws a part of the demo's output as `demo.svg`, which the README shows: `npm run build && node
 * examples/demo-picture.mjs`.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The steps that are shown, by the beginnings of their titles. */
const shown = ['A login sets a cookie', 'The page again', 'A redirect to another'];

const demo = fileURLToPath(new URL('demo.mjs', import.meta.url));
const { stdout } = await promisify(execFile)(process.execPath, [demo]);
const steps = stdout.split(/\n(?=[ \d]\d \S)/).slice(1);
const lines = shown
  .flatMap((title) => {
    const step = steps.find((text) => text.slice(3).startsWith(title));
    if (!step) throw new Error(`The demo has no step "${title}"`);
    return [...step.trimEnd().split('\n'), ''];
  })
  .slice(0, -1);

const [rowHeight, columnWidth, padding] = [18, 7.8, 16];
const width = Math.ceil(Math.max(...lines.map(({ length }) => length)) * columnWidth) + 2 * padding;
const height = lines.length * rowHeight + 2 * padding;
const escape = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What a line is, by how it begins. */
function kindOf(line, i) {
  if (/^[ \d]\d \S/.test(line)) return 'title';
  if (/^[ \d]\d \S/.test(lines[i - 1] ?? '')) return 'why';
  if (/^ {3}✓/.test(line)) return 'claim';
  if (/^ {5}\S/.test(line) && !/^ {5}(?:partner|\+\d)/.test(line)) return 'code';
  return /[→←]/.test(line) ? 'exchange' : 'detail';
}

const texts = lines.map((line, i) => {
  const y = padding + (i + 0.75) * rowHeight;
  return `<text x="${padding}" y="${y}" class="${kindOf(line, i)}">${escape(line)}</text>`;
});

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Three steps of the demo: the code of each, what went over the wire, and what was checked">
<style>
rect { fill: #ffffff; stroke: #d0d7de }
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; fill: #24292f }
.title, .exchange { font-weight: 600 }
.why { fill: #57606a }
.code { fill: #0a3069 }
.claim { fill: #116329 }
@media (prefers-color-scheme: dark) {
  rect { fill: #0d1117; stroke: #30363d }
  text { fill: #e6edf3 }
  .why { fill: #9198a1 }
  .code { fill: #a5d6ff }
  .claim { fill: #7ee787 }
}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join('\n')}
</svg>
`;
await writeFile(new URL('demo.svg', import.meta.url), svg);
