/** HTML that is safe to put into a page, as only {@link html} makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A template whose values are escaped, unless they are HTML themselves; `false` and `undefined` are
 * nothing.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: (string | number | false | undefined | Html | Html[])[]
): Html {
  return new Html(
    String.raw(
      { raw: strings },
      ...values.map((value) => {
        if (value === false || value === undefined) return '';
        if (Array.isArray(value)) return value.map(({ text }) => text).join('');
        return value instanceof Html
          ? value.text
          : String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
      }),
    ),
  );
}
