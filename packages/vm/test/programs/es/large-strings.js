// Strings that are built in the engine's buffer and become cells of their own: narrow, wide, widened on the way, narrow ones of wide pieces.
const digest = (s) => {
  let hash = 0;
  for (let i = 0; i < s.length; i += 1 + (i % 61)) hash = (Math.imul(hash, 31) + s.charCodeAt(i)) | 0;
  return `${s.length} ${hash}`;
};
const kept = [];
for (const length of [100, 5000, 8170, 8192, 16000, 49100, 49152, 90000]) {
  const list = Array.from({ length: length / 10 }, (_, i) => "item " + i);
  const wide = list.map((s, i) => (i === list.length >> 1 ? "ж" + s : s));
  for (const texts of [list, wide, ["ю", ...list]]) {
    kept.push(texts.join(","), JSON.stringify(texts), JSON.stringify({ texts }, null, 1), texts.join("").replace(/\d+/g, "<$&>"), texts.join(" ").toUpperCase());
    kept.push(texts.join(";").replaceAll(";", ""), decodeURIComponent(encodeURIComponent(texts.join("/"))));
  }
  // Wide pieces without a wide unit.
  kept.push(["ж" + "a".repeat(length), "b"].map((s) => s.slice(1)).join("-"));
}
for (let i = 0; i < kept.length; i++) console.log(i, digest(kept[i]));
console.log(kept.filter((s, i) => kept.indexOf(s) !== i).length);
for (const separator of ["", ";", "item ", "nowhere", "9;"]) {
  const text = Array.from({ length: 30000 }, (_, i) => "item " + i).join(";");
  const parts = text.split(separator);
  console.log(separator, parts.length, parts.at(-1).slice(-9), parts[parts.length >> 1].slice(0, 9), parts.join(separator) === text, text.split(separator, 3).length, text.split(separator, 0).length);
}
console.log("".split(""), "".split(","), ",".split(","), "a,b,".split(",", 2), "aaa".split("aa"), "ababab".split("bab"));
