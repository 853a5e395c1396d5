import { hasBrand } from '../../request/host/brand.ts';

/**
 * The bytes of a Blob, piece by piece where it gives them so. Those of jsdom have no `stream()`:
 * its `FileReader` alone knows what is in them.
 */
export async function* readBlob(blob: Blob): AsyncGenerator<Uint8Array> {
  if (typeof blob.stream === 'function') yield* blob.stream();
  else yield new Uint8Array(await readWhole(blob));
}

function readWhole(blob: Blob): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => hasBrand(reader.result, 'ArrayBuffer') && resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });
}
