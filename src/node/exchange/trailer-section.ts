import { type RawHeaders, toHeaders } from '../response/undici-response.ts';

/** The trailer section of a response (RFC 9110, section 6.5), which its body has to end before. */
export class TrailerSection {
  readonly fields: Promise<Headers>;
  end!: (raw: RawHeaders | undefined) => void;
  fail!: (reason: unknown) => void;

  constructor() {
    this.fields = new Promise((resolve, reject) => {
      this.end = (raw) => resolve(toHeaders(raw));
      this.fail = reject;
    });
    // Who reads the body learns of its failure there.
    this.fields.catch(() => {});
  }
}
