// String methods, plain and with all widths.
const samples = ["", "a", "hello world", "Stra\u00dfe", "\u0130stanbul", "\u03a3\u0391\u03a3 \u03a3", "\u{1F600}x\ud83d", "\u01c5\ufb03\u0149", "  \t\u00a0trim\ufeff\n", "abcabcabc", "na\u00efve caf\u00e9", "\u00b5\u00ff", "\u1e9e\u00df", "\u0587\u1f80", "longer than twenty-four characters for slices and ropes", "\u4f60\u597d\uff0c\u4e16\u754c\uff01 mixed text with more than 24 units", "a\u0300\u0301b\u0327\u0323", "\u1100\u1161\u11a8\uac00\uac01", "\u212b\u2126\ufb01\u00bd\u3392"];
const hex = (s) => Array.from({ length: s.length }, (_, i) => s.charCodeAt(i).toString(16)).join(" ");
for (const s of samples) {
  console.log(s.length, hex(s.toLowerCase()), "|", hex(s.toUpperCase()), "|", hex(s.trim()), hex(s.trimStart()), hex(s.trimEnd()), s.isWellFormed(), hex(s.toWellFormed()));
  for (const f of ["NFC", "NFD", "NFKC", "NFKD"]) console.log(f, hex(s.normalize(f)));
  for (const i of [0, 1, -1, 2, 30, NaN, 1.7]) console.log(i, hex(s.charAt(i)), s.charCodeAt(i), s.codePointAt(i), hex(s.at(i) ?? "?"), hex(s.slice(i)), hex(s.slice(0, i)), hex(s.substring(i, 3)), hex(s.substr(i, 2)));
  for (const t of ["", "a", "b", "abc", "\u00e9", "\u{1F600}", "x", " "]) {
    console.log(hex(t), s.indexOf(t), s.indexOf(t, 2), s.lastIndexOf(t), s.lastIndexOf(t, 3), s.includes(t), s.includes(t, 4), s.startsWith(t), s.startsWith(t, 1), s.endsWith(t), s.endsWith(t, 3));
    console.log(s.split(t).map(hex).join("/"), s.split(t, 2).length, hex(s.replaceAll(t, "<$&>")), hex(s.replace(t, "[$$]")), hex(s.replaceAll(t, () => "f")));
  }
  console.log(hex(s.padStart(12, "xy")), hex(s.padEnd(9)), hex(s.repeat(3)), hex([...s].reverse().join("|")), escape(s), s.isWellFormed() ? encodeURIComponent(s) : "lone");
}
for (let cp = 0; cp < 0x20000; cp += cp < 0x600 ? 1 : 7) {
  const c = String.fromCodePoint(cp);
  const l = c.toLowerCase(), u = c.toUpperCase();
  if (l !== c || u !== c) console.log(cp.toString(16), hex(l), hex(u));
}
for (let cp = 0xa0; cp < 0x30000; cp += 5) {
  if (cp >= 0xd800 && cp < 0xe000) continue;
  const c = String.fromCodePoint(cp) + "\u0301";
  const parts = [c.normalize("NFC"), c.normalize("NFD"), c.normalize("NFKC"), c.normalize("NFKD")];
  if (parts.some((p) => p !== c)) console.log(cp.toString(16), parts.map(hex).join(" | "));
}
console.log(["b", "a", "C", "\u00e9", "e", "f", "Z", "a\u0301", "1", "_", "ab"].sort((a, b) => a.localeCompare(b)).join());
console.log("a".localeCompare("b"), "a".localeCompare("A"), "\u00e9".localeCompare("e\u0301"), "resume".localeCompare("r\u00e9sum\u00e9"), "".localeCompare("a"));
for (const s of ["%41%c3%a9%F0%9F%98%80", "%", "%zz", "%c3", "%c0%80", "%ed%a0%80", "a+b%20c", "%2f%3F%23", "%80"])
  for (const f of [decodeURIComponent, decodeURI]) try { console.log(s, f(s)); } catch (e) { console.log(s, e.name, e.message); }
for (const f of [() => encodeURI("\ud800"), () => "x".repeat(-1), () => "x".repeat(2 ** 30), () => "x".normalize("X"), () => String.fromCodePoint(0x110000), () => "a".padEnd(2 ** 30).length, () => "".at.call(null)]) try { console.log(f()); } catch (e) { console.log(e.name, e.message); }
console.log(encodeURI("http://a b/\u00e9?x=[1]&y=#z"), encodeURIComponent("a&b=c/d?e\u{1F600}"), unescape("%u0041%41%u00zz%4"), escape("\u0416 a+b@*_-./"));
console.log(String.fromCharCode(65, 0x1f600, 256), String.fromCodePoint(0x1f600, 97), String.raw`a\n${1}`, "abc" < "abd", "a" < "B", "\u{1F600}" < "\uffff");
let rope = "";
for (let i = 0; i < 2000; i++) rope = i % 2 ? rope + i : i + rope;
console.log(rope.length, rope.slice(100, 160), rope.indexOf("1999"), rope.charCodeAt(3000), rope.split("9").length);
{ let at = 7; const step = () => { at ^= at << 13; at ^= at >>> 17; at ^= at << 5; return at >>> 0; }, ascii = () => { let s = ""; for (let n = step() % 5; n >= 0; n--) s += String.fromCharCode(32 + step() % 95); return s; };
  for (let i = 0; i < 500; i++) { const a = ascii(), b = step() % 3 ? ascii() : a.toUpperCase(); console.log(a, b, Math.sign(a.localeCompare(b))); } }
