import { loadPeer } from '../shared/load-peer.ts';

/** A form of a page, as a browser would send it. */
export interface PageForm {
  /** Its `id`. */
  readonly id?: string;
  /** Its `name`. */
  readonly name?: string;
  /** Where it is sent to. */
  readonly action: URL;
  /** The fields with the values that the page gives them. */
  readonly fields: Record<string, string>;
}

/** With how it is sent. */
export interface SendableForm extends PageForm {
  readonly isPost: boolean;
  readonly isMultipart: boolean;
}

type Attributes = Readonly<Record<string, string>>;

/** A form while the page is read. */
interface OpenForm {
  readonly attributes: Attributes;
  readonly fields: Map<string, string>;
  /** Its first submit button was seen: the one that a browser presses. */
  hasButton: boolean;
}

/** A textarea or select that is being read. */
interface OpenControl {
  readonly attributes: Attributes;
  text: string;
  /** Of a select: the selected option, else the first one. */
  selected: string | undefined;
}

const buttonTypes = /^(?:submit|image)$/i;
const checkTypes = /^(?:checkbox|radio)$/i;
/** What a browser sends of these is no text, or nothing. */
const silentTypes = /^(?:file|button|reset)$/i;

/**
 * The forms of a page, with what a browser would send of each (HTML, "constructing the entry
 * list"), but for files.
 *
 * @throws {UnsupportedError} where `htmlparser2` is not installed.
 */
export async function readForms(html: string, url: URL): Promise<SendableForm[]> {
  const { Parser } = await loadPeer(() => import('htmlparser2'), 'htmlparser2', 'formLogin()');
  const forms: OpenForm[] = [];
  let base = url;
  let current: OpenForm | undefined;
  let control: OpenControl | undefined;

  /** By its `form` attribute, else the form that it stands in. */
  const formOf = ({ form }: Attributes): OpenForm | undefined =>
    form === undefined ? current : forms.find(({ attributes }) => attributes['id'] === form);

  function set(attributes: Attributes, value: string): void {
    const { name } = attributes;
    const form = formOf(attributes);
    if (form && name && attributes['disabled'] === undefined && !form.fields.has(name))
      form.fields.set(name, value);
  }

  function press(attributes: Attributes): void {
    const form = formOf(attributes);
    if (!form || form.hasButton) return;
    form.hasButton = true;
    set(attributes, attributes['value'] ?? '');
  }

  function readInput(attributes: Attributes): void {
    const { type = 'text', value } = attributes;
    if (silentTypes.test(type)) return;
    if (buttonTypes.test(type)) return press(attributes);
    if (!checkTypes.test(type)) return set(attributes, value ?? '');
    if (attributes['checked'] !== undefined) set(attributes, value ?? 'on');
  }

  function readOption(attributes: Attributes): void {
    if (!control) return;
    const value = attributes['value'] ?? '';
    if (attributes['selected'] !== undefined || control.selected === undefined)
      control.selected = value;
  }

  const open: Readonly<Record<string, (attributes: Attributes) => void>> = {
    base({ href }) {
      if (href !== undefined && base === url && URL.canParse(href, url)) base = new URL(href, url);
    },
    form(attributes) {
      // A form within a form is none.
      if (current) return;
      current = { attributes, fields: new Map(), hasButton: false };
      forms.push(current);
    },
    input: readInput,
    button(attributes) {
      if (buttonTypes.test(attributes['type'] ?? 'submit')) press(attributes);
    },
    select: (attributes) => void (control = { attributes, text: '', selected: undefined }),
    textarea: (attributes) => void (control = { attributes, text: '', selected: undefined }),
    option: readOption,
  };

  const parser = new Parser({
    onopentag: (name, attributes) => open[name]?.(attributes),
    ontext: (text) => void (control && (control.text += text)),
    onclosetag(name) {
      if (name === 'form') current = undefined;
      if (!control || (name !== 'select' && name !== 'textarea')) return;
      // The line break behind the tag is none of the text.
      const text = control.text.replace(/^\n/, '');
      set(control.attributes, name === 'select' ? (control.selected ?? '') : text);
      control = undefined;
    },
  });
  parser.end(html);
  return forms.flatMap(({ attributes, fields }) => toSendable(attributes, fields, base));
}

function toSendable(
  attributes: Attributes,
  fields: ReadonlyMap<string, string>,
  base: URL,
): SendableForm[] {
  const { id, name, action = '', method = '', enctype = '' } = attributes;
  // What leads nowhere cannot be sent.
  if (!URL.canParse(action, base.href)) return [];
  return [
    {
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      action: new URL(action, base),
      fields: Object.fromEntries(fields),
      isPost: method.toLowerCase() === 'post',
      isMultipart: enctype.toLowerCase() === 'multipart/form-data',
    },
  ];
}
