/** Serves on PORT, 3000 by default, and says where. */
import { createServer } from 'node:http';

export function serve(listener) {
  const server = createServer(listener).listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${server.address().port}/`),
  );
}
