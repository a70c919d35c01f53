// JSON.parse and JSON.stringify.
const texts = ["", "{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{a:1}", "{\"a\" 1}", "[1 2]", "{\"a\":1 \"b\"}", "{\"a\":1,}", "[1,]", "tru", "truex", "abc", "\"abc", "\"a\nb\"", "\"\\x\"", "\"\\u12g4\"", "-", "-a", "1.", "1.a", "1e", "1e+", "01", "-01", "1 2", "[1] x", "{\"a\":tru}", "[1,2,3,4,5,6,7,8,9,10,a,12,13,14,15,16]", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,a]", "a,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "\u00e9", "undefined", "[object Object]", "NaN", " NaN", "Infinity", "-Infinity", "t1", "tr-", "fal\"", "n\"", "{\"a\":1}}", "\"\\", "\"\\u1", "\t\n {", "{\"a\":[1,2}", "+1", ".5", "{,}", "[,]", "\"\ud83d\ude00\"x", "nulL", "{\"abc", "{\"a\\", "\n\n{\"a\":\n  x}", "\r\n[\r\n1 1",
  "0", "-0", "1.5e3", "1E-2", "123456789012", "-2147483648", "\"\\u0041\\n\\\"\\/\\b\\f\\r\\t\"", "\"\u4f60\u597d\"", "[]", "{}", " [ 1 , { \"a\" : [ ] } ] ", "{\"__proto__\":1,\"a\":2,\"a\":3}", "{\"1\":1,\"0\":0,\"b\":2,\"a\":1,\"-1\":3,\"01\":4}", "[[[[[[]]]]]]", "\"\\ud83d\\ude00\\ud83d\"", "{\"\":1}", "[null,true,false]", "1e400", "{\"a\":{\"b\":{\"c\":[1,{\"d\":null}]}}}", "{\"\u00e9\":1,\"\u4f60\":2}"];
for (const t of texts) try { const v = JSON.parse(t); console.log(JSON.stringify(v), Object.is(v, -0)); } catch (e) { console.log(e.name, e.message); }
const values = [undefined, null, true, 1.5, NaN, -0, 1e21, "a\"b\\\n\u2028\u0007\ud800x\u{1F600}", () => 1, Symbol("x"), [], {}, [undefined, () => 1, Symbol("s"), , null], { a: undefined, b: () => 1, c: 1 }, { 2: "b", 1: "a", z: 1, [Symbol("q")]: 1 }, [[1, [2, [3]]], { a: { b: {} } }], new Date(0), { toJSON() { return { x: 1 }; } }, new Map([[1, 2]]), new Set([1]), Object(1), Object("s"), Object(false), Object.create({ inherited: 1 }), Object.create(null, { hidden: { value: 1 }, shown: { value: 2, enumerable: true } }), { get g() { return "got"; } }, new (class P { #x = 1; y = 2; })(), /x/g, new Error("e"), new Uint8Array(2), Object.assign([1, 2], { extra: 1 }), "plain", { "quo\"te": "\u007f\u00e9\u4f60" }];
for (const v of values) for (const space of [undefined, 2, "--", 0, 20, "longer than ten"]) try { console.log(JSON.stringify(v, null, space)); } catch (e) { console.log(e.name, e.message); }
console.log(JSON.stringify({ a: 1, b: [1, 2, { a: 3, c: 4 }] }, ["a", "b"]), JSON.stringify({ a: 1, b: "x" }, (k, v) => (typeof v === "number" ? v + 1 : v), 1));
console.log(JSON.stringify(JSON.parse('{"a":[1,2,{"b":3}]}', function (k, v) { return k === "b" ? undefined : v; })));
for (const f of [() => { const c = { a: {} }; c.a.b = c; JSON.stringify(c); }, () => JSON.stringify(1n), () => JSON.stringify({ a: [1n] })]) try { f(); } catch (e) { console.log(e.name, e.message.split("\n")[0]); }
Object.prototype.toJSON = function () { return "patched"; };
console.log(JSON.stringify({ a: 1 }), JSON.stringify([1]));
delete Object.prototype.toJSON;
console.log(JSON.stringify({ a: 1 }));
const deep = "[".repeat(3000) + "]".repeat(3000);
console.log(JSON.stringify(JSON.parse(deep)) === deep || "deep");
const big = [];
for (let i = 0; i < 3000; i++) big.push({ id: i, name: "item " + i, tags: ["a", "b"], price: i / 7, ok: i % 2 === 0, nested: { x: i, y: -i } });
const text = JSON.stringify(big);
console.log(text.length, JSON.stringify(JSON.parse(text)) === text, JSON.parse(text)[2999].nested.y);
console.log(Object.keys(JSON.parse('{"b":1,"a":2,"10":3,"9":4}')).join(), JSON.parse('{"length":1}').length, JSON.parse("[1,2,3]").map((x) => x * 2).join());
// Text of every length, read and written a word at a time; keys that the object before has led one to expect; numbers of few and of many digits.
let seed = 7;
const next = (n) => { seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5; return (seed >>> 0) % n; };
const letters = ["a", "b", "\"", "\\", "\n", "\u0000", "\u007f", "\u00e9", "\u00ff", "\u4f60", "\ud800", "/"];
const word = (length, kinds) => { let s = ""; while (s.length < length) s += letters[next(kinds)]; return s; };
const number = () => [next(100), -next(1e9), next(1e9) / 10, next(1e9) / 100, next(1e9) / 1000, -next(1e6) / 1e4, next(1e9) / 7, next(1e5) * 1e13, next(2) / 1e3, 999999.999, 1000000.5, 0.1 + 0.2, 1.005, 5e-324][next(14)];
const keys = Array.from({ length: 40 }, (_, i) => word(i, i % 5 === 0 ? 12 : 2));
const value = (depth) => {
  const kind = next(depth > 3 ? 4 : 6);
  if (kind === 0) return word(next(40), [2, 2, 7, 9, 12][next(5)]);
  if (kind === 1) return number();
  if (kind === 2) return [true, false, null][next(3)];
  if (kind === 3) return word(next(3), 12);
  if (kind === 4) return Array.from({ length: next(20) }, () => value(depth + 1));
  const from = next(30);
  return Object.fromEntries(Array.from({ length: next(8) }, (_, i) => [keys[from + i + next(2)], value(depth + 1)]));
};
for (let i = 0; i < 1500; i++) {
  const written = JSON.stringify(value(0), null, i % 10 ? undefined : 1);
  console.log(written, JSON.stringify(JSON.parse(written)) === JSON.stringify(JSON.parse(" " + written + "\n")), JSON.stringify(JSON.parse(`[${written},"\u4f60"]`)) === `[${JSON.stringify(JSON.parse(written))},"\u4f60"]`);
  // The same with one unit changed: accepted or not, as what, and why not.
  const at = next(written.length);
  const changed = written.slice(0, at) + ["\"", "\\", ":", ",", "}", "0", ".", "e", "-", " ", "t", "\u0001"][next(12)] + written.slice(at + next(2));
  try { console.log(JSON.stringify(JSON.parse(changed))); } catch (e) { console.log(e.message); }
}
for (let i = 0; i < 3000; i++) { const x = number(); console.log(x, String(x), JSON.parse(`${x}`) === x, JSON.parse(`[${x}]`)[0] === x); for (const t of [`${x}0`, `-${Math.abs(x)}e1`]) try { console.log(JSON.parse(t)); } catch (e) { console.log(e.message); } }
for (const t of ['[{"a\\\\b":1},{"a\\b":2}]', '[{"a\\"b":1},{"a"b":2}]', '[{"ab":1,"cd":2},{"ab":1}]', '[{"ab":1},{"ab":1,"cd":2}]', '[{"ab":1},{"abc":1}]', '[{"abc":1},{"ab":1}]', '[{"ab":1},{"ab"x:1}]', '[{"ab":1},{"ab'])
  try { console.log(JSON.stringify(JSON.parse(t))); } catch (e) { console.log(e.message); }
// Objects one after the other that are nearly alike: each is expected to be of the shape of those before, until it turns out to be another.
const kin = (count, width, oddness) => {
  const names = Array.from({ length: width }, (_, i) => ["id", "name", "a longer name of a property", "x", "eight888", "__proto__", "nine99999", "toString"][(i + width) % 8] + (i > 7 ? i : ""));
  const member = (key, depth) => `${spaces()}"${key}"${spaces()}:${spaces()}${[number(), '"text"', '"t"', "true", "null", "[]", "{}", depth < 2 ? one(depth + 1) : "[1,2]", '"\\n"'][next(9)]}${spaces()}`;
  const spaces = () => (next(12) ? "" : [" ", "\n\t", "\r\n  "][next(3)]);
  const one = (depth) => {
    const members = names.slice(0, depth === 0 ? width : 2).map((key) => member(key, depth));
    const odd = next(100);
    if (odd < oddness) {
      const at = next(members.length + 1);
      if (odd % 7 === 0) members.splice(at, 1);
      if (odd % 7 === 1) members.splice(at, 0, member(names[next(width)], depth));
      if (odd % 7 === 2) members.splice(at, 0, member(`${next(20)}`, depth));
      if (odd % 7 === 3) members.splice(at, 0, member("more", depth));
      if (odd % 7 === 4) members.splice(at, 1, member("\\u0061\\n", depth));
      if (odd % 7 === 5) members.reverse();
      if (odd % 7 === 6) members.length = at;
    }
    return `{${members.join(",")}}`;
  };
  return Array.from({ length: count }, () => one(0));
};
const own = (v) => (v !== null && typeof v === "object" ? [Array.isArray(v), Object.getPrototypeOf(v) === (Array.isArray(v) ? Array : Object).prototype, ...Reflect.ownKeys(v).filter((k) => k !== "length").flatMap((k) => [k, own(Object.getOwnPropertyDescriptor(v, k).value)])] : v);
for (let i = 0; i < 300; i++) {
  const width = 1 + next(i % 10 ? 9 : 40);
  const text = `[${kin(1 + next(12), width, [0, 10, 40][i % 3]).join(",")}]`;
  const v = JSON.parse(text);
  console.log(JSON.stringify(own(v)), JSON.stringify(v) === JSON.stringify(JSON.parse(`{"a":${text},"b":"\u4f60"}`).a));
  // What was parsed can be changed as any other object.
  v.forEach((o, j) => { o.added = j; delete o.id; o[j] = o; delete o[j]; o.more = [1]; });
  console.log(JSON.stringify(v));
  for (let k = 0; k < 3; k++) {
    const at = next(text.length);
    const changed = text.slice(0, at) + ["\"", ":", ",", "}", "]", "{", "[", "1", "\\", "\u00e9", "\u4f60", ""][next(12)] + text.slice(at + next(3));
    try { console.log(JSON.stringify(own(JSON.parse(changed)))); } catch (e) { console.log(e.message); }
  }
}
// The stack of what is open grows, also while objects are under construction.
for (const depth of [10, 500, 40000, 100000]) {
  const nested = '{"a":1,"b":[2,{"c":'.repeat(depth) + "0" + '},3],"d":4}'.repeat(depth);
  let o = JSON.parse(`[${'{"a":0,"b":0,"d":0},'.repeat(3)}${nested}]`)[3];
  let sum = 0;
  for (; typeof o === "object"; o = o.b[1].c) sum += o.a + o.b[0] + o.b[2] + o.d;
  console.log(depth, sum, o);
  const wide = JSON.parse(`{"list":[${Array.from({ length: depth }, (_, i) => `{"i":${i},"l":[${i}]}`).join(",")}],"map":{${Array.from({ length: depth }, (_, i) => `"key${i}":[${i}]`).join(",")}}}`);
  console.log(wide.list.every((e, i) => e.i === i && e.l[0] === i), Object.keys(wide.map).length, wide.map[`key${depth - 1}`][0]);
}
// Objects of all sizes, with slots inside and outside; keys that need more than quotes; text that grows, and becomes wide at any place.
const sized = (n, odd) => {
  const o = {};
  for (let i = 0; i < n; i++) o[["plain", "k", "\u00e9", "quo\"te", "\u4f60", "new\nline", "", "eight888", "a long key of many letters", "7"][odd ? next(10) : next(2)] + (next(3) ? i : "")] = [i, -i, i / 4, i * 1e9, "s".repeat(i), [], null, undefined, [undefined, "x"], { n: i }][next(10)];
  if (odd && n) {
    if (next(3) === 0) delete o[Object.keys(o)[0]];
    if (next(3) === 0) Object.defineProperty(o, "hidden", { value: 1 });
    if (next(3) === 0) o[Symbol("s")] = 1;
    if (next(9) === 0) Object.defineProperty(o, "got", { get: () => ["got"], enumerable: true });
    if (next(4) === 0) Object.freeze(o);
  }
  return o;
};
for (let i = 0; i < 400; i++) {
  const list = Array.from({ length: next(6) }, () => sized(next(i % 20 ? 14 : 60), i % 2));
  for (const at of [0, list.length]) {
    console.log(JSON.stringify([...list.slice(0, at), ["wide \u4f60", "e\u00e9", "\ud800", "plain", "\\"][i % 5].repeat(1 + next(3)), ...list.slice(at)]));
    console.log(JSON.stringify(list[at], null, [undefined, 1, "\u4f60"][i % 3]));
  }
}
for (let n = 0; n < 70; n++) {
  const s = "abcdefgh".repeat(9).slice(0, n), cut = `--${s}--`.slice(2, -2), rope = s.slice(0, n >> 1) + s.slice(n >> 1);
  for (const text of [s, cut, rope, `${s}"`, `"${s}`, `${s}\u00ff`]) if (JSON.parse(JSON.stringify({ [text]: text, x: [text] })).x[0] !== text || JSON.stringify(text) !== JSON.stringify([text]).slice(1, -1)) console.log("differs", n, text);
}
for (let n = 700; n < 900; n++) if (JSON.parse(JSON.stringify(["a".repeat(n), n, { n }]))[2].n !== n) console.log("differs", n);
for (const digits of Array.from({ length: 11 }, (_, i) => 10 ** i)) console.log(JSON.stringify([digits - 1, digits, digits + 1, -digits, 1 - digits]));
{
  const shared = Array.from({ length: 300 }, (_, i) => ({ i, text: "some text that is written again and again" }));
  console.log(JSON.stringify(Array.from({ length: 300 }, () => shared)).length);
}
