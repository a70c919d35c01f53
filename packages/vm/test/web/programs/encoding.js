const show = (f) => {
  try {
    console.log(f());
  } catch (e) {
    console.log(e.name, e.code);
  }
};
console.log(new TextEncoder().encode("aé€😀\ud800"), new TextEncoder().encode(), new TextEncoder().encoding);
console.log(new TextEncoder().encodeInto("aé€", new Uint8Array(4)));
const d = new TextDecoder();
console.log(d.encoding, d.fatal, d.ignoreBOM, new TextDecoder("latin1").encoding, new TextDecoder(" UTF-16 ").encoding);
console.log(d.decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41])), new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41])).length);
let text = "";
for (const b of new TextEncoder().encode("x€😀y")) text += d.decode(new Uint8Array([b]), { stream: true });
console.log(text + d.decode());
console.log(d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) === "", d.decode());
console.log(d.decode(new Uint16Array([0x4241]).buffer), d.decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1)));
show(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])));
show(() => new TextDecoder("nonsense"));
try {
  new TextDecoder().decode("x");
} catch (e) {
  console.log(e.name);
}
console.log(new TextDecoder("utf-16le").decode(new Uint8Array([0x41, 0, 0x3d, 0xd8, 0, 0xde])), new TextDecoder("windows-1252").decode(new Uint8Array([0x80, 0x99])));
console.log(btoa("héllo"), atob("aMOpbGxv").length, atob(" YQ = = "));
show(() => btoa("€"));
show(() => atob("a"));
const o = { a: 1, d: new Date(5), r: /x/g, m: new Map([[{ k: 1 }, new Set([1])]]), n: null, u: undefined, arr: [1, , 3], big: 1n, e: new TypeError("t"), b: new Uint8Array([1, 2]), s: Object("str") };
o.self = o;
const c = structuredClone(o);
console.log(c.self === c, c.d.getTime(), c.r, c.m, 1 in c.arr, c.arr.length, c.big, c.e instanceof TypeError, c.e.message, c.b, c.s, "u" in c);
show(() => structuredClone(() => {}));
show(() => structuredClone({ s: Symbol() }));
const buffer = new ArrayBuffer(8);
const moved = structuredClone(buffer, { transfer: [buffer] });
console.log(buffer.byteLength, moved.byteLength);
class K { constructor() { this.x = 1; } get y() { return 2; } }
console.log(structuredClone(new K()) instanceof K, structuredClone(new K()));
