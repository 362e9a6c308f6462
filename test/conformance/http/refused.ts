/** Bodies that no call that takes a value or a number may accept. */
export interface BadInput {
  readonly what: string;
  readonly type: string;
  readonly statuses: readonly number[];
  /** The body, with the value in the named field. */
  body(field: string): string | Uint8Array<ArrayBuffer>;
}

const json = 'application/json';

/** Texts that JSON's grammar refuses, or that name a number or text which cannot be kept exactly. */
const notExact: Readonly<Record<string, string>> = {
  NaN: 'NaN',
  Infinity: 'Infinity',
  '-Infinity': '-Infinity',
  'a number beyond all doubles': '1e400',
  'a negative number beyond all doubles': '-1e400',
  'an integer that doubles round': '12345678901234567890',
  'its neighbour that rounds to the same': '12345678901234567000',
  'the first integer that doubles skip': '9007199254740993',
  'a fraction with more digits than doubles keep': '0.10000000000000000556',
  'a fraction in 17 digits that are of no double': '0.66666666666666664',
  'a leading zero': '07',
  'a plus sign': '+7',
  'a hexadecimal number': '0x7',
  'a bare point': '.5',
  'a trailing point': '5.',
  'a comment': '7 /* seven */',
  'two values': '7 7',
  'a trailing comma': '7,',
  nothing: '',
};

const textTroubles: Readonly<Record<string, string>> = {
  'a lone high surrogate': '"\\ud800"',
  'a lone low surrogate': '"\\udc00 tail"',
  'surrogates in the wrong order': '"\\udc00\\ud800"',
  'a lone surrogate in a name': '{"\\ud800": 1}',
  'a duplicate key within': '{"a": 1, "a": 2}',
  'a duplicate key once unescaped': '{"a": 1, "\\u0061": 1}',
  'a raw control character': '"\u0001"',
  'an unfinished text': '"seven',
  'single quotes': "'7'",
  'an integer that doubles round, deep inside': '[{"a": [12345678901234567890]}]',
};

const grammar: readonly BadInput[] = Object.entries(notExact).map(([what, text]) => ({
  what,
  type: json,
  statuses: [400, 422],
  body: (field) => `{"${field}": ${text}}`,
}));

export const badInput: readonly BadInput[] = [
  ...grammar,
  bad('a text that is no JSON', () => 'number=7'),
  bad('an empty body', () => ''),
  bad('half a body', (field) => `{"${field}": 7`),
  bad('a field given twice', (field) => `{"${field}": 7, "${field}": 8}`),
  bad('a field given twice with one value', (field) => `{"${field}": 7, "${field}": 7}`),
  bad('bytes that are not UTF-8', (field) => {
    const head = new TextEncoder().encode(`{"${field}": "`);
    return new Uint8Array([...head, 0xff, 0xfe, 0x22, 0x7d]);
  }),
  bad('a byte order mark', (field) => `\ufeff{"${field}": 7}`),
  bad('values nested 5,000 deep', (field) => `{"${field}": ${'['.repeat(5000)}${']'.repeat(5000)}}`),
  bad('values nested 20 deep', (field) => `{"${field}": ${'['.repeat(20)}${']'.repeat(20)}}`),
  {
    what: 'a body of 64 KiB',
    type: json,
    statuses: [413],
    body: (field) => `{"${field}": "${'x'.repeat(65_536)}"}`,
  },
  ...['text/plain', 'application/x-www-form-urlencoded', 'application/xml'].map(
    (type): BadInput => ({
      what: `content type ${type}`,
      type,
      statuses: [415],
      body: (field) => `{"${field}": 7}`,
    }),
  ),
];

/** Values that POST /number refuses as well, but as no number; a proposal must refuse them for what they hold. */
export const badValues: readonly BadInput[] = [
  ...badInput,
  ...Object.entries(textTroubles).map(([what, text]) => bad(what, (field) => `{"${field}": ${text}}`)),
  {
    what: 'a value of 5,000 bytes',
    type: json,
    statuses: [400, 413, 422],
    body: (field) => `{"${field}": "${'x'.repeat(5000)}"}`,
  },
  bad('a field besides the value', (field) => `{"${field}": 7, "agree": true}`),
  bad('a signature, which nobody would look at', (field) => `{"${field}": 7, "signature": "c2ln"}`),
  bad('a value and an abstention', (field) => `{"${field}": 7, "abstain": true}`),
  bad('neither value nor abstention', () => '{}'),
  bad('an abstention that is not true', () => '{"abstain": "yes"}'),
  bad('a list', () => '[7]'),
  bad('null', () => 'null'),
];

function bad(what: string, body: BadInput['body']): BadInput {
  return { what, type: json, statuses: [400, 422], body };
}
