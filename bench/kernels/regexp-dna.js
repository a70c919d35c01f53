// Regular expressions over a random DNA sequence: alternations, classes, counting and replacing.
const variants = [
  /agggtaaa|tttaccct/gi,
  /[cgt]gggtaaa|tttaccc[acg]/gi,
  /a[act]ggtaaa|tttacc[agt]t/gi,
  /ag[act]gtaaa|tttac[agt]ct/gi,
  /agg[act]taaa|ttta[agt]cct/gi,
];
const codes = [
  [/B/g, "(c|g|t)"],
  [/D/g, "(a|g|t)"],
  [/N/g, "(a|c|g|t)"],
  [/Y/g, "(c|t)"],
];
function sequence(length) {
  let seed = 42;
  let text = ">ONE test\n";
  for (let i = 0; i < length; i++) {
    seed = (seed * 3877 + 29573) % 139968;
    text += "acgtacgtacgtBDNY"[Math.floor((seed / 139968) * 16)];
    if (i % 60 === 59) text += "\n";
  }
  return text;
}
function run() {
  const raw = sequence(12000);
  const clean = raw.replace(/>.*\n|\n/g, "");
  let checksum = raw.length * 3 + clean.length;
  for (const variant of variants) checksum = (checksum * 31 + (clean.match(variant) || []).length) | 0;
  let text = clean;
  for (const [pattern, replacement] of codes) text = text.replace(pattern, replacement);
  return (checksum * 31 + text.length) | 0;
}
