/** What a browser sends of a form (HTML, "constructing the entry list"), but for files. */
export type Attributes = Readonly<Record<string, string>>;

/** A name and a value, as they are sent. */
export type Entry = [name: string, value: string];

/** An option of a select. */
export interface SelectOption {
  readonly attributes: Attributes;
  readonly isDisabled: boolean;
  text: string;
}

/** An input, button, select or textarea. */
export interface Control {
  readonly tag: string;
  readonly attributes: Attributes;
  readonly isDisabled: boolean;
  /** Of a textarea. */
  text: string;
  /** Of a select. */
  readonly options: SelectOption[];
}

/** The button that the form is sent by: its first one. */
export const findSubmitButton = (controls: readonly Control[]): Control | undefined =>
  controls.find((control) => !control.isDisabled && /^(?:submit|image)$/.test(typeOf(control)));

/** The entries of a form that is sent by this button. */
export function entryList(controls: readonly Control[], submitter: Control | undefined): Entry[] {
  const radios = checkedRadios(controls);
  return controls.flatMap((control) => {
    if (control.isDisabled) return [];
    if (typeOf(control) === 'radio' && !radios.has(control)) return [];
    return entriesOf(control, control === submitter);
  });
}

/** Of each group of radio buttons the last one that is checked. */
function checkedRadios(controls: readonly Control[]): ReadonlySet<Control> {
  const byName = new Map<string | undefined, Control>();
  for (const control of controls) {
    const { name, checked } = control.attributes;
    if (typeOf(control) === 'radio' && checked !== undefined) byName.set(name, control);
  }
  return new Set(byName.values());
}

function typeOf({ tag, attributes }: Control): string {
  const type = attributes['type']?.toLowerCase();
  if (tag === 'button') return type === 'button' || type === 'reset' ? type : 'submit';
  return tag === 'input' ? (type ?? 'text') : tag;
}

function entriesOf(control: Control, isSubmitter: boolean): Entry[] {
  const { name } = control.attributes;
  if (isSubmitter && typeOf(control) === 'image') {
    const prefix = name ? `${name}.` : '';
    return [
      [`${prefix}x`, '0'],
      [`${prefix}y`, '0'],
    ];
  }
  return name ? valuesOf(control, isSubmitter).map((value) => [name, value]) : [];
}

const silentTypes = /^(?:button|file|image|reset)$/;

function valuesOf(control: Control, isSubmitter: boolean): string[] {
  const { value, checked } = control.attributes;
  const type = typeOf(control);
  switch (type) {
    case 'submit':
      return isSubmitter ? [value ?? ''] : [];
    case 'checkbox':
    case 'radio':
      return checked === undefined ? [] : [value ?? 'on'];
    case 'select':
      return selectedOptions(control).map(valueOf);
    case 'textarea':
      // The line break behind the tag is none of the text.
      return [control.text.replace(/^\n/, '')];
    default:
      return silentTypes.test(type) ? [] : [value ?? ''];
  }
}

function selectedOptions({ attributes, options }: Control): SelectOption[] {
  const selected = options.filter((option) => option.attributes['selected'] !== undefined);
  if (attributes['multiple'] !== undefined) return selected.filter(isEnabled);
  const isList = Number(attributes['size']) > 1;
  const chosen = selected.at(-1) ?? (isList ? undefined : options.find(isEnabled));
  return chosen && isEnabled(chosen) ? [chosen] : [];
}

const isEnabled = ({ isDisabled }: SelectOption): boolean => !isDisabled;

const valueOf = ({ attributes, text }: SelectOption): string =>
  attributes['value'] ?? text.trim().replace(/[\t\n\f\r ]+/g, ' ');
