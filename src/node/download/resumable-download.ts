/** A download of as many requests as the call's `retry` allows. */
import type { Call } from '../../call/call.ts';
import { NetworkError } from '../../errors/network-error.ts';
import { runAttempts } from '../../middleware/retry.ts';
import type { GivenOptions, Outgoing } from '../../model.ts';
import { mergeOptions } from '../../options/merge.ts';
import { nullPrototype } from '../../options/null-prototype.ts';
import { SessionResponse } from '../../response/session-response.ts';
import { discard } from '../../response/wrap-response.ts';
import type { RetryState } from '../../types/retry.ts';
import { askForRest } from './ask-for-rest.ts';
import { type FileVersion, isRest, versionOf } from './file-version.ts';
import { PartFile, removeOtherParts } from './part-file.ts';
import { writeToFile } from './write-to-file.ts';

export class ResumableDownload {
  readonly #call: Call;
  /** The call's request as it entered the onion. */
  readonly #request: Outgoing;
  readonly #first: SessionResponse;
  readonly #destination: string;
  /** What is being downloaded, as the server has it now. */
  #version: FileVersion | undefined;
  /** The first response, until an attempt takes it. */
  #untaken: SessionResponse | undefined;
  #isSaved = false;

  constructor(call: Call, request: Outgoing, first: SessionResponse, destination: string) {
    this.#call = call;
    this.#request = request;
    this.#first = this.#untaken = first;
    this.#destination = destination;
    this.#version = versionOf(first, request);
  }

  /** Saves the file, or throws what ended the last attempt. */
  async run(): Promise<void> {
    const { options } = this.#request;
    const { shouldRetry } = options.retry;
    // What is saved is not to be repeated, whatever is made of its status.
    const retry = nullPrototype<GivenOptions['retry'] & object>({
      shouldRetry: (state: RetryState) => (this.#isSaved ? false : shouldRetry?.(state)),
    });
    const request = {
      ...this.#request,
      options: mergeOptions(options, nullPrototype<GivenOptions>({ retry })),
    };
    const last = await runAttempts(request, {
      beforeRetry: this.#call.state.hooks.beforeRetry,
      send: (attempt) => this.#attempt(attempt),
    });
    if (!this.#isSaved) {
      const { request } = last;
      const { status } = last.throwForStatus();
      throw new NetworkError(`${String(request)} answered ${status} instead of a file`, {
        request,
      });
    }
    await removeOtherParts(this.#destination, this.#version);
  }

  /** Finds on the disk what the attempts before it have left, in this process or in another. */
  async #attempt(request: Outgoing): Promise<SessionResponse> {
    let response = this.#untaken;
    this.#untaken = undefined;
    let file = await PartFile.open(this.#destination, this.#version);
    try {
      // Else a process ended between the last byte and the name.
      if (file.size !== this.#version?.length) {
        response = await this.#respond(request, response, file.size);
        const from = isRest(response, this.#version, file.size) ? file.size : 0;
        if (response.status === 200) file = await this.#fileFor(response, file);
        else if (from === 0) return response;
        await this.#write(response, file, from);
      }
      await file.commit();
      this.#isSaved = true;
      return response ?? this.#first;
    } finally {
      await file.close();
    }
  }

  /**
   * The response to save. Of what is here in part the rest alone is wanted, unless all of `given`
   * has come meanwhile.
   */
  async #respond(
    request: Outgoing,
    given: SessionResponse | undefined,
    size: number,
  ): Promise<SessionResponse> {
    if (given && (size === 0 || SessionResponse.stateOf(given).source?.ended)) return given;
    if (given) discard(given);
    return askForRest(this.#call, request, this.#version, size);
  }

  /** The file of the version that has come, which may be another than was asked for. */
  async #fileFor(response: SessionResponse, file: PartFile): Promise<PartFile> {
    const version = versionOf(response, this.#request);
    if (version?.key === this.#version?.key) return file;
    await file.close();
    this.#version = version;
    return PartFile.open(this.#destination, version);
  }

  async #write(response: SessionResponse, file: PartFile, from: number): Promise<void> {
    const length = this.#version?.length;
    // What the call itself has asked for tells of its progress without us.
    const isOwn = response !== this.#first;
    const onProgress = isOwn ? this.#request.options.onDownloadProgress : undefined;
    const end = await writeToFile(response, file, { from, total: length ?? 0, onProgress });
    if (length !== undefined && end !== length)
      throw new NetworkError(`${length} bytes of a file were to come, and ${end} came`, {
        request: response.request,
      });
  }
}
