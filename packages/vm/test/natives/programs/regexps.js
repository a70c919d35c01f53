// RegExp through the engine: exec, flags, protocol methods.
const show = (m) => (m ? JSON.stringify([...m, m.index, m.groups ? { ...m.groups } : null, m.indices ? [...m.indices] : null]) : "null");
const cases = [["(\\d+)-(?<y>\\d+)?", "a12-34b", "dg"], ["a.c", "xabc\na\nc", "gs"], ["^\\w+$", "one\ntwo\nthree", "gm"], ["(a)|(b)", "ba", "g"], ["\\b\\w", "the quick brown", "g"], ["(?<=\\$)\\d+", "cost $42 and 17", ""], ["[\\u{1F600}-\\u{1F64F}]", "x\u{1F601}y", "u"], ["\\p{Lu}\\p{Ll}+", "\u00c9cole Paris \u041c\u0438\u0440", "gu"], ["STRASSE|stra\u00dfe", "Stra\u00dfe", "i"], ["(.)\\1", "hello", ""], ["x*", "aaxxb", "g"], ["(?:)", "abc", "g"], ["[^]", "\n", ""], ["\\k<n>(?<n>z)", "z", ""], ["a{2,3}?", "aaaa", ""], ["(?i:AB)c", "abc ABC", "g"], ["[\\p{L}--[a-z]]", "abC", "v"]];
for (const [p, s, f] of cases) { const re = new RegExp(p, f); console.log(String(re), re.flags, show(re.exec(s)), re.lastIndex, re.test(s), re.lastIndex, JSON.stringify(s.match(re)), s.search(re), JSON.stringify(s.split(re)), JSON.stringify(s.replace(re, "<$&|$1|$`|$'|$<y>>")), JSON.stringify(s.replace(re, (...a) => a.slice(0, 2).join("/")))); if (f.includes("g")) console.log([...s.matchAll(re)].map(show).join(" ")); }
console.log("a-b_c".split(/[-_]/).join(), "abc".split(/(b)/).join(), "abc".split(/(?:)/u).join(), "".split(/x/).length, "".split(/(?:)/).length, "aXbxc".split(/x/i, 2).join(), "2020-01-02".replace(/(\d+)-(\d+)-(\d+)/, "$3.$2.$1 $$ $10 $0"), "aaa".replace(/a/g, "b"), "aaa".replace(/a/y, "b"), "abc".replaceAll(/[ac]/g, (c) => c.toUpperCase()));
const sticky = /foo/y; sticky.lastIndex = 3; console.log(sticky.test("barfoo"), sticky.lastIndex, sticky.test("barfoo"), sticky.lastIndex);
const g = /a/g; console.log(g.exec("banana").index, g.exec("banana").index, g.exec("banana").index, g.exec("banana"), g.lastIndex);
console.log(/[/]\/(?=x)/.source, new RegExp("/").source, new RegExp("\n").source, new RegExp("").toString(), RegExp("a", "gimsuyd").flags, /a/ instanceof RegExp, Object.prototype.toString.call(/a/), RegExp.prototype.toString.call({ source: "s", flags: "f" }));
for (const [p, f] of [["(", ""], ["[b-a]", ""], ["a", "gg"], ["a", "x"], ["a**", ""], ["\\", ""], ["(?<a>x)(?<a>y)", ""], ["\\u{110000}", "u"], ["\\p{Nope}", "u"], ["{1}", "u"], ["(?<1a>x)", ""], ["x{2,1}", ""], ["a", "uv"], ["\\k<x>", "u"], ["(?z)", ""], ["[", ""], [")", ""], ["\\c", "u"], ["(?<=a)*", ""]]) try { console.log(new RegExp(p, f)); } catch (e) { console.log(e.name, e.message); }
const text = "The quick brown fox, aged 42, jumped over 13 lazy dogs at 10:30 on 2024-05-06. Email: a.b+c@example.com or http://x.org/p?q=1#h".repeat(30);
for (const re of [/\w+/g, /\d{2}:\d{2}/g, /[aeiou]/gi, /\b\w{5}\b/g, /(\w+)@(\w+)\.com/g, /(?:[a-z]+\s){2}/g, /https?:\/\/[^\s?#]+(?:\?[^\s#]*)?(?:#\S*)?/g, /^.*$/gm, /\s+/g, /(?<!\d)\d(?!\d)/g, /.{0,10}?,/g, /[^,.]+[,.]/g, /(a|b|c|d)+e?/g]) { const all = text.match(re); let h = 0; for (const m of all ?? []) for (let i = 0; i < m.length; i++) h = (h * 31 + m.charCodeAt(i)) | 0; console.log(re.source, all?.length, h, text.replace(re, "_").length, text.split(re).length, text.search(re)); }
console.log(RegExp.escape?.("a.b*c-1 \u2028"), "x".match(/y/), "abcabc".matchAll(/b/g).next().value.index, "test".search("s"), "a1b2".replace(/\d/g, (d, i) => d + i), "\u{1F600}".match(/./gu).length, "\u{1F600}".match(/./g).length, "aBc".replace(/b/i, "[$&]"), /(?:a|ab)(?:c|bcd)(?:d*)/.exec("abcd")[0]);
class R extends RegExp { exec(s) { const r = super.exec(s); if (r) r[0] = r[0].toUpperCase(); return r; } } console.log("abc".replace(new R("b"), "<$&>"), new R("x", "g")[Symbol.matchAll] !== undefined, "xax".split(new R("a")).join());
const re = /a(?<n>b)?/dg; re.foo = 1; console.log(re.exec("ab").indices.groups.n.join(), re.hasIndices, re.global, re.sticky, re.unicode, re.ignoreCase, re.multiline, re.dotAll, re.unicodeSets);
try { /^(a+)+$/.test("a".repeat(20) + "b"); console.log("done"); } catch (e) { console.log(e.name); }
// Properties of strings: every emoji, ZWJ sequences of two and three parts with and without skin tones.
{
  const tones = ["", "\u{1f3fb}", "\u{1f3ff}"], parts = [0x1f468, 0x1f469, 0x1f9d1, 0x1f3c3, 0x26f9, 0x1faf1, 0x1f43b, 0x2764].map((c) => String.fromCodePoint(c));
  const seconds = [0x2640, 0x2744, 0x27a1, 0x1f33e, 0x1f525, 0x1f91d, 0x1f430, 0x1f466, 0x1faf2].flatMap((c) => [String.fromCodePoint(c), String.fromCodePoint(c, 0xfe0f)]);
  const candidates = [];
  for (let c = 0x23; c < 0x1fb00; c = c === 0x3299 ? 0x1f000 : c + 1) for (const after of ["", "\ufe0f", "\ufe0f\u20e3", "\u{1f3fd}"]) candidates.push(String.fromCodePoint(c) + after);
  for (let i = 0; i < 676; i++) candidates.push(String.fromCodePoint(0x1f1e6 + Math.floor(i / 26), 0x1f1e6 + (i % 26)));
  for (const a of parts) for (const t of [...tones, "\ufe0f"]) for (const b of seconds) for (const u of tones) for (const c of ["", "\u200d\u{1f468}", "\u200d\u{1f9d1}", "\u200d\u27a1\ufe0f"]) candidates.push(`${a}${t}\u200d${b}${c && u ? c + u : u + c}`);
  for (const name of ["RGI_Emoji", "Basic_Emoji", "Emoji_Keycap_Sequence", "RGI_Emoji_Modifier_Sequence", "RGI_Emoji_Flag_Sequence", "RGI_Emoji_Tag_Sequence", "RGI_Emoji_ZWJ_Sequence"]) {
    const re = new RegExp(`^\\p{${name}}$`, "v"), hits = candidates.filter((s) => re.test(s));
    console.log(name, hits.length, hits.filter((_, i) => i % 37 === 0).join(" "));
  }
  console.log("a\u{1f468}\u{1f3fd}\u200d\u{1f33e}b\u{1f1e9}\u{1f1ea}\u{1f1e9}7\ufe0f\u20e3".replace(/\p{RGI_Emoji}/gv, "<$&>"), /^[\p{RGI_Emoji}--\p{RGI_Emoji_Flag_Sequence}]+$/v.test("\u{1f1e9}\u{1f1ea}"), /[[\p{Basic_Emoji}a-z]&&\p{ASCII}]/iv.exec("1Q")[0]);
  console.log(/^(?:[\q{a|ab|abc||Ab}])(.*)$/iv.exec("ABCD")[1], /[\q{abc|abd|ab|a|zz}]/v.exec("abx")[0]);
  for (const f of [() => new RegExp("\\P{RGI_Emoji}", "v"), () => new RegExp("[^\\p{RGI_Emoji}]", "v"), () => new RegExp("\\p{RGI_Emoji}", "u"), () => new RegExp("\\p{RGI_Emojis}", "v")]) try { console.log(String(f())); } catch (e) { console.log(e.name, e.message); }
}
