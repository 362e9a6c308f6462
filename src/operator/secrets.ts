/** Members that no line may show, should one ever be given: what callers prove themselves with, and what they put forward. */
export const secretMembers: readonly string[] = [
  ...['token', 'authorization', 'cookie', 'password', 'secret', 'key', 'joinKey', 'observerKey', 'instance'],
  ...['link', 'value', 'note', 'body'],
];

export const hidden = '(hidden)';

/** What shows a secret within a text that comes from elsewhere, such as the message of an error, and what stands there instead. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[^\s"',;]+/gi, `$1 ${hidden}`],
  [/whsec_[\w+/=-]+/g, `whsec_${hidden}`],
  [/(\w:\/\/)[^\s/@]+@/g, `$1${hidden}@`],
  // Tokens of this server: 32 random bytes.
  [/(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{43}(?![\w-])/g, hidden],
  // A piece of JSON, perhaps cut short: what stands behind the name cannot be told from what follows it.
  [/"(token|secret|password|\w*[kK]ey|instance|value|note|body)"\s*:.*/g, `"$1":${hidden}`],
];

/** The text without what looks like a secret. */
export function textWithoutSecrets(text: string): string {
  let clean = text;
  for (const [secret, instead] of rules) clean = clean.replace(secret, instead);
  return clean;
}
