// Typed arrays and DataView.
const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];
const odd = [0, -0, 1, -1, 127, 128, 255, 256, -129, 65535, 65536, 2147483647, 2147483648, 4294967295, 4294967296, 1.5, 2.5, -1.5, 254.5, 255.5, NaN, Infinity, -Infinity, 1e40, 5e-324, 3.4e38, 1e10];
for (const K of kinds) {
  const a = new K(odd); console.log(K.name, a.join(), Array.from(a, (x) => Object.is(x, -0)).indexOf(true), a.length, a.byteLength, K.BYTES_PER_ELEMENT);
  console.log(a.slice(2, 6).join(), a.subarray(2, 6).join(), a.indexOf(1), a.lastIndexOf(1), a.includes(NaN), a.toReversed().join(), a.with(0, 9)[0]);
  a.set([7, 8], 3); a.fill(3, 0, 2); a.copyWithin(5, 0, 4); console.log(a.join(), a.toSorted().join(), a.sort((x, y) => (x !== x ? 1 : y !== y ? -1 : y - x)).join());
  for (const L of kinds) { const b = new L(a.length); b.set(a); console.log(L.name, b.slice(0, 12).join(), new L(a).at(-1)); }
  console.log(a.map((x) => x * 2).slice(0, 5).join(), a.filter((x) => x > 5).length, a.reduce((p, x) => p + (x === x ? x % 7 : 0), 0), a.find((x) => x > 100), Object.keys(new K(3)).join(), JSON.stringify(new K([1, 2])), a.toString().length);
}
const bytes = new Uint8Array(16), view = new DataView(bytes.buffer);
for (const [name, v] of [["Int8", -5], ["Uint8", 250], ["Int16", -3000], ["Uint16", 60000], ["Int32", -2e9], ["Uint32", 4e9], ["Float32", 1.1], ["Float64", Math.PI], ["BigInt64", -5n], ["BigUint64", 2n ** 64n - 2n]]) for (const le of [true, false]) { view["set" + name](3, v, le); console.log(name, le, bytes.join(" "), view["get" + name](3, le)); }
for (const f of [() => view.getInt32(13), () => view.getInt8(-1), () => view.setFloat64(9, 1), () => new DataView(new ArrayBuffer(2), 3), () => new Int32Array(new ArrayBuffer(5)), () => new Int32Array(new ArrayBuffer(8), 3), () => new Uint8Array(-1), () => new Uint8Array(2 ** 40), () => new BigInt64Array([1]), () => Uint8Array(2), () => new Uint8Array(new ArrayBuffer(4), 5)]) try { console.log(String(f())); } catch (e) { console.log(e.name, e.message); }
const shared = new ArrayBuffer(12); const i32 = new Int32Array(shared, 4, 2), u8 = new Uint8Array(shared); i32[0] = 0x01020304; i32[1] = -1; i32[5] = 9; console.log(u8.join(), i32[2], i32["-0"], "1.5" in i32, i32.byteOffset, shared.slice(4, 8).byteLength, ArrayBuffer.isView(i32));
u8.set(u8.subarray(4, 10), 6); console.log(u8.join()); new Uint16Array(shared).set(u8.subarray(0, 6)); console.log(u8.join());
const big = new BigInt64Array([1n, -1n, 2n ** 63n, 2n ** 64n + 5n]); console.log(big.join(), big.includes(-1n), big.indexOf(1n), big.indexOf(1), new BigUint64Array(big).join(), [...big.toSorted()].join()); try { big[0] = 1; } catch (e) { console.log(e.name, e.message); }
const r = new ArrayBuffer(4, { maxByteLength: 16 }), track = new Uint8Array(r), fixed = new Uint8Array(r, 0, 4), off = new Uint8Array(r, 2); track[0] = 1; r.resize(8); track[7] = 2; console.log(track.length, fixed.length, off.length, r.maxByteLength, r.resizable); r.resize(3); console.log(track.length, fixed.length, off.length, fixed[0], fixed.byteLength); r.resize(8); console.log(track.join(), fixed.join()); r.resize(1); console.log(off.length, off.byteOffset, track.length); r.resize(5); console.log(off.length, off.byteOffset);
const moved = r.transfer(); console.log(r.detached, r.byteLength, track.length, track[0], moved.byteLength, moved.resizable, moved.transferToFixedLength(2).byteLength);
const f = new Float64Array([3, NaN, -0, 0, -Infinity, 1, Infinity]); console.log([...f.sort()].map((x) => (Object.is(x, -0) ? "-0" : x)).join(), Object.is(new Float32Array([NaN])[0], NaN));
console.log(new Uint8Array([1, 2, 3]).entries().next().value.join(), Uint8Array.from({ length: 3 }, (_, i) => i * 2).join(), Uint8Array.of(1, 2).length, new Uint8Array(new Set([5, 6])).join(), [...new Uint8Array([9, 8])].join());
for (let i = 0, a = new Int32Array(1000); i < 1; i++) { for (let j = 0; j < 1000; j++) a[j] = (j * 7919) % 1009; a.sort(); console.log(a[0], a[500], a[999], a.every((x, k) => !k || a[k - 1] <= x)); }
