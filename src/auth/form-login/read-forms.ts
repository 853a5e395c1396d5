import { DecodeError } from '../../errors/decode-error.ts';
import { missingPeer } from '../shared/missing-peer.ts';
import {
  type Attributes,
  type Control,
  type Entry,
  entryList,
  findSubmitButton,
  type SelectOption,
} from './entry-list.ts';

/** Elements within elements: the parser takes time for each open one, at each tag. */
const deepest = 1000;

/** A form of a page, as a browser would send it. */
export interface PageForm {
  /** Its `id`. */
  readonly id?: string;
  /** Its `name`. */
  readonly name?: string;
  /** Where it is sent to. */
  readonly action: URL;
  /** The fields with the values that the page gives them; of several of a name, the last one's. */
  readonly fields: Record<string, string>;
}

/** With how it is sent. */
export interface SendableForm extends PageForm {
  readonly entries: readonly Entry[];
  readonly isPost: boolean;
  readonly isMultipart: boolean;
}

/** A form while the page is read. */
interface OpenForm {
  readonly attributes: Attributes;
  readonly controls: Control[];
  /** An element around it has ended first: what follows belongs to it until the next form. */
  isCutShort: boolean;
}

/** What a page has of forms. */
interface PageParts {
  readonly forms: OpenForm[];
  /** Each with the form that it stands in. */
  readonly controls: { readonly control: Control; readonly form: OpenForm | undefined }[];
  /** Of its first `base` that has one. */
  baseHref: string | undefined;
}

/**
 * The forms of a page.
 *
 * @throws {UnsupportedError} where `htmlparser2` is not installed; {@link DecodeError} for a page
 * whose elements stand more than 1,000 deep.
 */
export async function readForms(html: string, url: URL): Promise<SendableForm[]> {
  const { forms, controls, baseHref } = await readParts(html);
  const base = baseHref !== undefined && URL.canParse(baseHref, url) ? new URL(baseHref, url) : url;
  const byId = new Map<string | undefined, OpenForm>();
  for (const form of forms) {
    const { id } = form.attributes;
    if (!byId.has(id)) byId.set(id, form);
  }
  for (const { control, form: around } of controls) {
    const { form: id } = control.attributes;
    const form = id === undefined ? around : byId.get(id);
    form?.controls.push(control);
  }
  return forms.flatMap((form) => toSendable(form, { url, base }));
}

async function readParts(html: string): Promise<PageParts> {
  const { Parser } = await import('htmlparser2').catch(missingPeer('htmlparser2', 'formLogin()'));
  const parts: PageParts = { forms: [], controls: [], baseHref: undefined };
  let form: OpenForm | undefined;
  /** The control and the option whose text is read. */
  let control: Control | undefined;
  let option: SelectOption | undefined;
  let depth = 0;
  /** Templates around: what is in one is no part of the page. */
  let templates = 0;
  /** Of each fieldset or optgroup around, the innermost last: whether what is in it is disabled. */
  const groups: boolean[] = [];
  const isDisabled = ({ disabled }: Attributes) => disabled !== undefined || groups.at(-1) === true;

  function openControl(attributes: Attributes, tag: string): void {
    control = { tag, attributes, isDisabled: isDisabled(attributes), text: '', options: [] };
    parts.controls.push({ control, form });
  }

  function openGroup(attributes: Attributes): void {
    groups.push(isDisabled(attributes));
  }

  const open: Readonly<Record<string, (attributes: Attributes, tag: string) => void>> = {
    base: ({ href }) => void (parts.baseHref ??= href),
    form(attributes) {
      // A form within a form is none.
      if (form && !form.isCutShort) return;
      form = { attributes, controls: [], isCutShort: false };
      parts.forms.push(form);
    },
    input: openControl,
    button: openControl,
    select: openControl,
    textarea: openControl,
    fieldset: openGroup,
    optgroup: openGroup,
    option(attributes) {
      option = { attributes, isDisabled: isDisabled(attributes), text: '' };
      control?.options.push(option);
    },
  };

  function close(tag: string, isImplied: boolean): void {
    depth--;
    if (tag === 'template') templates--;
    else if (templates > 0) return;
    else if (tag === 'form' && form && isImplied) form.isCutShort = true;
    else if (tag === 'form') form = undefined;
    else if (tag === 'option') option = undefined;
    else if (tag === 'fieldset' || tag === 'optgroup') groups.pop();
    else if (tag === control?.tag) control = undefined;
  }

  const parser = new Parser({
    onopentag(tag, attributes) {
      if (++depth > deepest)
        throw new DecodeError(`formLogin(): elements of the page stand more than ${deepest} deep`);
      if (tag === 'template') templates++;
      else if (templates === 0) open[tag]?.(attributes, tag);
    },
    onclosetag: close,
    ontext(text) {
      const reading = option ?? control;
      if (reading) reading.text += text;
    },
  });
  parser.end(html.replace(/\r\n?/g, '\n'));
  return parts;
}

function toSendable(
  { attributes, controls }: OpenForm,
  { url, base }: { url: URL; base: URL },
): SendableForm[] {
  const { id, name } = attributes;
  const button = findSubmitButton(controls);
  const given = (attribute: string): string =>
    button?.attributes[`form${attribute}`] ?? attributes[attribute] ?? '';
  // Without an action it goes to the page itself, whatever its base.
  const action = given('action') || url.href;
  // What leads nowhere cannot be sent.
  if (!URL.canParse(action, base.href)) return [];
  const entries = entryList(controls, button);
  return [
    {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      action: new URL(action, base),
      fields: Object.fromEntries(entries),
      entries,
      isPost: given('method').toLowerCase() === 'post',
      isMultipart: given('enctype').toLowerCase() === 'multipart/form-data',
    },
  ];
}
