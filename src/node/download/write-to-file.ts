import { pieces } from '../../request/streams.ts';
import { report } from '../../response/body/body-source.ts';
import type { SessionResponse } from '../../response/session-response.ts';
import type { ProgressCallback } from '../../types/progress.ts';
import type { PartFile } from './part-file.ts';

/** Where in a file a body belongs, and who is told of its progress. */
export interface BodyPosition {
  /** Its first byte in the file. */
  readonly from?: number;
  /** Bytes of the whole file, 0 when unknown. */
  readonly total?: number;
  readonly onProgress?: ProgressCallback | undefined;
}

/** Writes a body into a file; gives the offset behind its last byte. */
export async function writeToFile(
  response: SessionResponse,
  file: PartFile,
  { from = 0, total = 0, onProgress }: BodyPosition = {},
): Promise<number> {
  let end = from;
  for await (const chunk of pieces(response.body ?? [])) {
    await file.write(chunk, end);
    end += chunk.length;
    report(onProgress, end, total, chunk);
  }
  return end;
}
