const show = (f) => {
  try {
    console.log(f());
  } catch (e) {
    console.log(e.name);
  }
};
const h = new Headers({ "Content-Type": "text/plain", "X-B": " b ", "x-a": "1" });
h.append("X-A", "2");
h.append("Set-Cookie", "a=1");
h.append("set-cookie", "b=2");
console.log([...h], h.get("x-a"), h.get("none"), h.has("X-B"), h.getSetCookie());
h.set("x-a", "3");
h.delete("x-b");
console.log([...h.keys()], [...h.values()]);
h.forEach((v, k, o) => console.log(k, v, o === h));
show(() => new Headers([["a"]]));
show(() => new Headers([["a", "b"], ["c", "d", "e"]]));
show(() => new Headers("x"));
show(() => h.set("bad name", "x"));
show(() => h.set("a", "x\ny"));
show(() => h.set("a", "日"));
show(() => h.append("é", "x"));
show(() => Headers());
show(() => Headers.prototype.get.call({}, "a"));
console.log([...new Headers(new Headers([["a", "1"], ["A", "2"]]))]);
console.log([...new Headers({ a: 1, b: null, c: undefined })]);
console.log(Object.prototype.toString.call(h), String(h), Headers.name, Headers.length);
const iterator = new Headers({ a: "1", b: "2" }).entries();
console.log(iterator.next(), iterator.next(), iterator.next(), iterator[Symbol.iterator]() === iterator);
