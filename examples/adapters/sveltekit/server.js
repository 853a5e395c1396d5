import { serve } from '../serve.js';

// What is built is no source: named like this, it is none to the type checker either.
const { handler } = await import(new URL('.svelte-kit/build/handler.js', import.meta.url).href);

serve(handler);
