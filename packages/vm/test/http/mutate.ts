/** Mutants of the parser's cases: bytes changed, cut out, or taken from another case. A seed always gives the same. */
import { Random } from "../fuzz/random.ts";
import { cases } from "./cases.ts";

const originals = cases.map(([, input]) => input).filter((input) => input.length < 500);

export function mutant(seed: number): { text: string; cut: number } {
  const random = new Random(seed);
  const chars = random.pick(originals).split("");
  for (let k = random.below(4); k >= 0; k--) {
    const at = random.below(chars.length + 1);
    const kind = random.below(3);
    if (kind === 0) chars[at] = String.fromCharCode(random.below(256));
    else if (kind === 1) chars.splice(at, random.below(8));
    else {
      const from = random.below(40);
      chars.splice(
        at,
        0,
        ...random
          .pick(originals)
          .slice(from, from + random.below(60))
          .split(""),
      );
    }
  }
  const text = chars.join("");
  return { text, cut: random.below(text.length + 1) };
}
