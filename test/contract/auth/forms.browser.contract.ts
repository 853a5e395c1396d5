/** What a browser makes of the forms that `formLogin()` fills in. */
import { expect, onTestFinished, test } from 'vitest';
import { forms } from '../../auth/form-login/forms.ts';

/** What a form without a focused button is sent by (HTML, "implicit submission"). */
function defaultButton(form: HTMLFormElement): HTMLElement | null {
  const buttons = form.ownerDocument.querySelectorAll<HTMLButtonElement | HTMLInputElement>(
    'button, input',
  );
  const isDefault = ({ type }: HTMLButtonElement | HTMLInputElement): boolean =>
    type === 'submit' || type === 'image';
  return (
    [...buttons].find(
      (button) => button.form === form && isDefault(button) && !button.matches(':disabled'),
    ) ?? null
  );
}

/** A page that shows the markup: a parser without one associates fewer fields with their form. */
function show(html: string): Document {
  const frame = document.body.appendChild(document.createElement('iframe'));
  onTestFinished(() => frame.remove());
  const page = frame.contentDocument as Document;
  page.write(html);
  page.close();
  return page;
}

test.each(forms)('a browser sends what is expected of %s', (_, html, sent) => {
  const page = show(html);
  const form = page.querySelector('form') as HTMLFormElement;
  expect([...new FormData(form, defaultButton(form))]).toEqual(sent);
});
