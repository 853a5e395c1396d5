/** The tables of the bench as text. */

const cell = (value, digits) =>
  value === undefined
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Two bounds. */
const range = (bounds, digits = 2) => bounds.map((bound) => bound.toFixed(digits)).join(' – ');

function table(title, columns, rows) {
  const lines = [
    columns.map(([name]) => name),
    ...rows.map((row) =>
      columns.map(([, read, digits]) =>
        digits === undefined ? read(row) : cell(read(row), digits),
      ),
    ),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = lines.map((line) =>
    line
      .map((value, i) =>
        columns[i][2] === undefined ? value.padEnd(widths[i]) : value.padStart(widths[i]),
      )
      .join('  '),
  );
  return [title, text[0], '─'.repeat(text[0].length), ...text.slice(1)].join('\n');
}

/** `more`: columns, each a name, what reads it from a row, and its digits. */
export function callsTable(title, rows, more = []) {
  return table(
    title,
    [
      ['client', ({ name }) => name],
      ['CPU µs/call', ({ cpu }) => cpu, 1],
      ['ratio', ({ ratio }) => ratio, 2],
      ['calls/s', ({ perSecond }) => perSecond, 0],
      ['GC ms/10k calls', ({ gcPer10k }) => gcPer10k, 1],
      ['ms/scavenge', ({ perScavenge }) => perScavenge, 2],
      ...more,
    ],
    rows.toSorted((a, b) => a.cpu - b.cpu),
  );
}

export function startsTable(title, rows) {
  return table(
    title,
    [
      ['client', ({ name }) => name],
      ['import, CPU ms', ({ cpu }) => cpu, 1],
      ['ms', ({ wall }) => wall, 1],
      ['CPU ratio', ({ ratio }) => ratio, 2],
      ['one call, CPU ms', ({ whole }) => whole, 1],
      ['ms', ({ lifetime }) => lifetime, 1],
      ['ends later by ms', ({ later }) => later, 1],
    ],
    rows.toSorted((a, b) => a.cpu - b.cpu),
  );
}

export function buildsTable(title, rows) {
  return table(
    title,
    [
      ['calls at a time', ({ concurrency }) => String(concurrency)],
      ['measured', ({ what }) => what],
      ['before', ({ before }) => before, 1],
      ['now', ({ now }) => now, 1],
      ['now / before', ({ ratio }) => ratio, 3],
      ['median of the rounds', ({ paired }) => paired, 3],
      ['their middle half', ({ middle }) => range(middle, 3)],
      ['rounds', ({ rounds }) => rounds, 0],
    ],
    rows.flat(),
  );
}

/** `more`: what a call takes beyond one of the reference. */
export function edgeTable(title, rows) {
  return table(
    title,
    [
      ['client', ({ name }) => name],
      ['CPU µs/call', ({ cpu }) => cpu.now, 1],
      ['ratio', ({ cpu }) => cpu.ratio, 2],
      ['middle half', ({ cpu }) => range(cpu.middle)],
      ['µs more', ({ more }) => more, 1],
      ['calls/s', ({ speed }) => speed.now, 0],
      ['ratio', ({ speed }) => speed.ratio, 2],
      ['middle half', ({ speed }) => range(speed.middle)],
    ],
    rows,
  );
}

export function streamsTable(title, rows) {
  return table(
    title,
    [
      ['client', ({ name }) => name],
      ['transfer', ({ kind, MiB }) => `${kind} ${MiB} MiB`],
      ['MiB/s', ({ speed }) => speed, 0],
      ['speed ratio', ({ ratio }) => ratio, 2],
      ['CPU ratio', ({ cpuRatio }) => cpuRatio, 2],
      ['extra MiB', ({ extraMiB }) => extraMiB, 1],
    ],
    rows,
  );
}
