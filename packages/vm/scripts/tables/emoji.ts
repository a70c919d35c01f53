/**
 * Writes assembly/natives/tables/emoji.ts, what the properties of strings (v flag) need beyond the properties of code points, from the
 * ICU data of the Node that runs it (a minute or two). ICU cannot list a property's strings, so candidates are built as Unicode's emoji
 * sequences are (UTS #51) and asked for one by one; the rules that the native applies instead of a table are checked.
 */
import { writeFileSync } from "node:fs";

const char = (...codes: number[]): string => String.fromCodePoint(...codes);
const matches = (property: string, text: string): boolean => new RegExp(`^\\p{${property}}$`, "v").test(text);
const ofProperty = (property: string): string[] => {
  const test = new RegExp(`^\\p{${property}}$`, "u");
  return Array.from({ length: 0x20000 }, (_, code) => (code >= 0xd800 && code < 0xe000 ? "" : char(code))).filter((c) => test.test(c));
};
const presentation = "\ufe0f";
const joiner = "\u200d";
const emoji = ofProperty("Emoji");
const bases = new Set(ofProperty("Emoji_Modifier_Base"));
const modifiers = ofProperty("Emoji_Modifier");
const regional = ofProperty("Regional_Indicator");

// The rules: a set that is said to follow from properties of code points does.
const assume = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`Unicode ${process.versions.unicode} breaks the rule for ${what}`);
};
/** The one modifier base that has no sequences. */
const family = "\u{1f46a}";
const keycaps = [..."#*0123456789"];
const shown = new Set(ofProperty("Emoji_Presentation"));
for (const c of emoji) {
  const plain = !keycaps.includes(c) && !regional.includes(c);
  assume(matches("Basic_Emoji", c) === (plain && shown.has(c)), "Basic_Emoji");
  assume(matches("Basic_Emoji", c + presentation) === (plain && !shown.has(c)), "Basic_Emoji");
  assume(matches("Emoji_Keycap_Sequence", `${c}${presentation}\u20e3`) === keycaps.includes(c), "Emoji_Keycap_Sequence");
  for (const m of modifiers) assume(matches("RGI_Emoji_Modifier_Sequence", c + m) === (bases.has(c) && c !== family), `RGI_Emoji_Modifier_Sequence, ${c}${m}`);
}
const tagged = (region: string): string => `\u{1f3f4}${Array.from(region, (c) => char(0xe0000 + c.charCodeAt(0))).join("")}\u{e007f}`;
for (const region of ["gbeng", "gbsct", "gbwls"]) assume(matches("RGI_Emoji_Tag_Sequence", tagged(region)), "RGI_Emoji_Tag_Sequence");

// Flags: one bit for each pair of letters.
const flags = new Uint8Array(85);
regional.forEach((a, i) => regional.forEach((b, j) => matches("RGI_Emoji_Flag_Sequence", a + b) && (flags[(i * 26 + j) >> 3]! |= 1 << ((i * 26 + j) & 7))));

// ZWJ sequences, without their skin tones: all pairs, then longer ones of the elements that pairs have.
const isJoined = new RegExp("^\\p{RGI_Emoji_ZWJ_Sequence}$", "v");
const found = new Map<string, string[]>();
/** The parts with these skin tones (-1 none, in order, the last one repeated) after those that take one. */
function toned(parts: readonly string[], tones: readonly number[]): string {
  let n = 0;
  return parts
    .map((p) => {
      const tone = bases.has(p) ? tones[Math.min(n++, tones.length - 1)]! : -1;
      return tone < 0 ? p : p + modifiers[tone]!;
    })
    .join(joiner);
}
const probes = [[-1], [0], [0, 1], [0, -1], [0, -1, 1]];
function look(parts: string[]): void {
  if (probes.some((tones) => isJoined.test(toned(parts, tones)))) found.set(parts.join(joiner), parts);
}
const elements = emoji.flatMap((c) => [c, c + presentation]);
const people = ["\u{1f468}", "\u{1f469}", "\u{1f9d1}"];
for (const a of elements) for (const b of elements) look([a, b]);
for (const a of people) for (const b of elements) for (const c of people) look([a, b, c]);
const inPairs = [...new Set([...found.values()].flat())];
for (const a of inPairs) for (const b of inPairs) for (const c of inPairs) look([a, b, c]);
const inTriples = [...new Set([...found.values()].filter((p) => p.length > 2).flat()), "\u{1f48b}"];
for (const a of inTriples) for (const b of inTriples) for (const c of inTriples) for (const d of inTriples) look([a, b, c, d]);

/** Which skin tones the first and the last part may take; the native knows the four kinds by number. */
function kindOf(parts: readonly string[]): number {
  const isIn = (first: number, last: number): boolean => {
    const tone = (i: number): number => (i === 0 ? first : i === parts.length - 1 ? last : -1);
    const texts = parts.map((p, i) => (tone(i) < 0 ? p : p.replace(presentation, "") + modifiers[tone(i)]!));
    return isJoined.test(texts.join(joiner));
  };
  const [bare, one, pair, same] = [isIn(-1, -1), isIn(0, -1), isIn(0, 1), isIn(0, 0)];
  const kind = pair ? (same ? 3 : 2) : one ? 1 : 0;
  assume(bare === (kind !== 2), `ZWJ sequence ${parts.join(" ")}`);
  return kind;
}
// What stands without FE0F only before a skin tone is the same entry as with it.
const entries = [...found.values()].filter((parts) => isJoined.test(parts.join(joiner)) || kindOf2(parts));
function kindOf2(parts: readonly string[]): boolean {
  return !isJoined.test([parts[0]! + presentation, ...parts.slice(1)].join(joiner));
}
const alphabet = [...new Set(entries.flat().map((p) => p.codePointAt(0)!))].sort((a, b) => a - b);
assume(alphabet.length <= 128 && alphabet.every((c) => c < 0xf000 || (c >= 0x1f000 && c < 0x20000)), "the alphabet of ZWJ sequences");
const bytes = entries.flatMap((parts) => [
  (parts.length << 2) | kindOf(parts),
  ...parts.map((p) => alphabet.indexOf(p.codePointAt(0)!) | (p.endsWith(presentation) ? 128 : 0)),
]);
const data = (type: string, values: Iterable<number>): string => `memory.data<${type}>([${[...values].join(", ")}])`;
writeFileSync(
  new URL("../../assembly/natives/tables/emoji.ts", import.meta.url),
  `// Generated by scripts/tables/emoji.ts from Unicode ${process.versions.unicode}. Do not edit.

/** Regional indicators: bit 26 * first + second. */
export const FLAGS: usize = ${data("u8", flags)};
/** Code points of ZWJ sequences; from 0xf000 on, 0x10000 is to be added. */
export const JOINED_ALPHABET: usize = ${data(
    "u16",
    alphabet.map((c) => c & 0xffff),
  )};
/**
 * ZWJ sequences: length << 2 | kind, then indices into the alphabet, | 128 when U+FE0F follows. Kinds: 0 no skin tones; 1 without or with one on the
 * first part, which then loses its U+FE0F; 2 different ones on first and last part, never none; 3 none or any two.
 */
export const JOINED: usize = ${data("u8", bytes)};
export const JOINED_END: usize = JOINED + ${bytes.length};
`,
);
console.log({ sequences: entries.length, bytes: bytes.length, alphabet: alphabet.length });
