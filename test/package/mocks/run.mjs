// Runs the check of a mock. Arguments: its module here, the name that its package is installed by,
// and the origin of a server.
const [program = '', name = '', origin = ''] = process.argv.slice(2);
const { check } = await import(`./${program}.mjs`);
await check(name, origin);
console.log('ok');
