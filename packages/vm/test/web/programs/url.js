const u = new URL("../x?a=1&a=2&b=%C3%A9#h", "https://user:pw@Example.com:8080/dir/sub/file");
for (const k of ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"]) console.log(k, u[k]);
u.searchParams.append("c", "d e&");
console.log(u.href, u.searchParams.size);
u.search = "?z=1";
console.log(String(u.searchParams), [...u.searchParams]);
u.searchParams.delete("z");
console.log(u.href, JSON.stringify({ u }));
u.port = "443";
u.protocol = "http";
u.pathname = "a b";
u.hash = "";
console.log(u.href, URL.canParse("x:"), URL.canParse("x"), URL.parse("nope"), URL.parse("a", "http://b").href);
for (const bad of ["", "http://", "//x", "http://a b"]) {
  try {
    new URL(bad);
  } catch (e) {
    console.log(e.name, e.message, e.code, e.input);
  }
}
const p = new URLSearchParams("?b=2&a=1&b=3&c");
console.log(p.get("b"), p.getAll("b"), p.has("b", "3"), p.has("b", "4"), p.get("zz"), p.size);
p.sort();
p.set("b", "9");
p.delete("a", "2");
console.log(p.toString(), [...p.keys()], [...p.values()]);
for (const init of ["a=b", "?a=b", { a: 1, b: "x y" }, [["a", "b"]], new URLSearchParams("q=1"), new Map([["m", "n"]]), undefined, null, "a+b=%2B", "=", "&&"]) console.log(new URLSearchParams(init).toString());
try {
  new URLSearchParams([["a"]]);
} catch (e) {
  console.log(e.name);
}
p.forEach((v, k) => console.log(k, v));
console.log(new URL("data:text/plain,x").origin, new URL("blob:https://a.b/c").origin, new URL("file:///x").origin);
class Sub extends URL {
  get twice() {
    return this.href + this.href;
  }
}
console.log(new Sub("http://a").twice, new Sub("http://a") instanceof URL);
