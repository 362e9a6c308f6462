/** What to write instead of a decimal: below 1 it is a share, up to 100 most likely a percentage, never a count. */
export function insteadOf(decimal: number): string {
  if (decimal > 0 && decimal < 1) return fraction(decimal);
  const count = 'a whole number for so many agents';
  return decimal > 1 && decimal < 100
    ? `${fraction(decimal / 100)} for ${decimal} percent, or ${count}`
    : count;
}

/** The fraction most people mean by a share: two thirds by 0.67 and by 0.6667, but not one half by 0.5001. */
function fraction(share: number): string {
  const places = [2, 3].find((digits) => Math.abs(rounded(share, digits) - share) < 1e-12) ?? 4;
  const written = (num: number, den: number): string => `{"num": ${num}, "den": ${den}, "strict": false}`;
  for (let den = 2; den <= 12; den += 1) {
    const num = Math.round(share * den);
    if (Math.abs(num / den - share) < 0.51 * 10 ** -places) return written(num, den);
  }
  return written(Math.max(1, Math.round(share * 10 ** places)), 10 ** places);
}

function rounded(share: number, digits: number): number {
  return Math.round(share * 10 ** digits) / 10 ** digits;
}
