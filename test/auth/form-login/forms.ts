/** Pages with one form, and what a browser sends of it, as browsers judge in the contract. */
type Entries = [name: string, value: string][];

export const forms: readonly [title: string, html: string, sent: Entries][] = [
  [
    'a hidden field and a checkbox of one name',
    '<form><input type=hidden name=a value=0><input type=checkbox name=a value=1 checked></form>',
    [
      ['a', '0'],
      ['a', '1'],
    ],
  ],
  [
    'checkboxes without a value and without a check',
    '<form><input type=checkbox name=a checked><input type=checkbox name=b value=1></form>',
    [['a', 'on']],
  ],
  [
    'two checked radio buttons of a group',
    '<form><input type=radio name=a value=1 checked>' +
      '<input type=RADIO name=a value=2 checked></form>',
    [['a', '2']],
  ],
  [
    'options without values',
    '<form><select name=a><option> One \n word <option selected>Two\t words</select></form>',
    [['a', 'Two words']],
  ],
  [
    'two selected options of one select',
    '<form><select name=a><option selected value=1><option selected value=2></select></form>',
    [['a', '2']],
  ],
  [
    'a select of several',
    '<form><select name=a multiple><option value=1 selected><option value=2>' +
      '<option value=3 selected></select><select name=b multiple><option value=1>' +
      '</select></form>',
    [
      ['a', '1'],
      ['a', '3'],
    ],
  ],
  [
    'a first option that is disabled',
    '<form><select name=a><option disabled value=1><option value=2></select></form>',
    [['a', '2']],
  ],
  [
    'a selected option that is disabled',
    '<form><select name=a><option value=1><option value=2 selected disabled></select></form>',
    [],
  ],
  [
    'options of a group that is disabled',
    '<form><select name=a><optgroup disabled><option value=1></optgroup>' +
      '<option value=2></select></form>',
    [['a', '2']],
  ],
  [
    'a select without options',
    '<form><select name=a></select><select name=b size=3><option>x</select></form>',
    [],
  ],
  [
    'a fieldset that is disabled, within it another one',
    '<form><fieldset disabled><input name=a><fieldset><input name=b></fieldset>' +
      '</fieldset><input name=c></form>',
    [['c', '']],
  ],
  [
    'a field whose form comes later',
    '<input form=f name=a value=1><form id=f><input name=b value=2></form>',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    'a field of a form that is not there',
    '<form><input form=g name=a value=1><input name=b value=2></form>',
    [['b', '2']],
  ],
  [
    'a form within a form',
    '<form><input name=a value=1><form><input name=b value=2></form><input name=c value=3>',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    'a form that its surroundings cut short',
    '<div><form><input name=a value=1></div><p><input name=b value=2></p>',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  [
    'fields and a form in a template',
    '<template><form><input name=a value=1></form></template>' +
      '<form><template><input name=b value=2></template><input name=c value=3></form>',
    [['c', '3']],
  ],
  [
    'a textarea with markup and line breaks',
    '<form><textarea name=a>\r\n&lt;b><i>\r\n</textarea></form>',
    [['a', '<b><i>\n']],
  ],
  [
    'buttons, of which the first that is not disabled is pressed',
    '<form><button type=button name=a>x</button><button type=reset name=b>x</button>' +
      '<button disabled name=c>x</button><button type=odd name=d value=1>x</button>' +
      '<input type=submit name=e value=2></form>',
    [['d', '1']],
  ],
  [
    'a picture to press',
    '<form><input name=u value=1><input type=image name=go value=x></form>',
    [
      ['u', '1'],
      ['go.x', '0'],
      ['go.y', '0'],
    ],
  ],
  [
    'fields without a name, disabled and of unknown types',
    '<form><input value=1><input name="" value=2><input name=a disabled value=3>' +
      '<input type=odd name=b value=4></form>',
    [['b', '4']],
  ],
  [
    'names and values with references',
    '<form><input type=hidden name="a&amp;b" value="&quot;&#x20ac;&eacute;"></form>',
    [['a&b', '"€é']],
  ],
];
