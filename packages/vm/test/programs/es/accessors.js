// Inherited accessors at one place of the program, where the engine remembers them, and all that can become of them there.
const say = (...all) => console.log(all.map(String).join(" "));
const read = (o) => o.x;
class A { constructor(v) { this.v = v; } get x() { return `A${this.v}`; } }
class B extends A { get y() { return super.x; } }
const a = new A(1), b = new B(2);
for (let i = 0; i < 3; i++) say(read(a), read(b), b.y);

// Another getter, none, data, and an accessor again.
const again = () => { for (let i = 0; i < 2; i++) say(read(a), read(b)); };
Object.defineProperty(A.prototype, "x", { get() { return `second ${this.v}`; }, configurable: true });
again();
Object.defineProperty(A.prototype, "x", { get: undefined, set(v) { this.v = v; }, configurable: true });
again();
a.x = 10;
say(a.v);
Object.defineProperty(A.prototype, "x", { value: "data", writable: true, configurable: true });
again();
A.prototype.x = "written";
again();
Object.defineProperty(A.prototype, "x", { get() { return `third ${this.v}`; }, configurable: true });
again();
delete A.prototype.x;
again();
Object.prototype.x = "of all objects";
again();
delete Object.prototype.x;

// Shadowed between, and on the object itself.
Object.defineProperty(A.prototype, "x", { get() { return `A ${this.v}`; }, configurable: true });
again();
Object.defineProperty(B.prototype, "x", { get() { return `B ${this.v}`; }, configurable: true });
again();
Object.defineProperty(b, "x", { get() { return "own"; }, configurable: true });
again();
delete b.x;
again();
delete B.prototype.x;
again();

// Another prototype under the same objects.
Object.setPrototypeOf(B.prototype, { get x() { return `other ${this.v}`; } });
again();
Object.setPrototypeOf(B.prototype, A.prototype);
again();

// A getter that throws, that changes what is found next time, and that is a bound or native function.
let count = 0;
Object.defineProperty(A.prototype, "x", { get() { if (++count > 2) Object.defineProperty(A.prototype, "x", { value: "became data", configurable: true }); return count; }, configurable: true });
again();
again();
Object.defineProperty(A.prototype, "x", { get() { throw new Error("from the getter"); }, configurable: true });
for (let i = 0; i < 2; i++) try { read(a); } catch (e) { say(e.message); }
Object.defineProperty(A.prototype, "x", { get: function () { return this.v; }.bind({ v: "bound" }), configurable: true });
again();
Object.defineProperty(A.prototype, "x", { get: Object.getOwnPropertyDescriptor(Map.prototype, "size").get, configurable: true });
for (let i = 0; i < 2; i++) try { read(a); } catch (e) { say(e instanceof TypeError); }
Object.defineProperty(A.prototype, "x", { get: new Proxy(() => "proxied", {}), configurable: true });
again();

// Primitives have the getters of their prototypes, called with the primitive.
Object.defineProperty(String.prototype, "x", { get() { "use strict"; return `${typeof this} ${this}`; }, configurable: true });
Object.defineProperty(Number.prototype, "x", { get() { return typeof this; }, configurable: true });
for (let i = 0; i < 3; i++) say(read("s"), read(1), read(a));
delete String.prototype.x;
say(read("s"), read(1));
delete Number.prototype.x;
say(read("s"), read(1));

// In loops, by many shapes, and from generators.
const many = Array.from({ length: 20 }, (_, i) => Object.assign(new A(i), { [`p${i % 5}`]: i }));
Object.defineProperty(A.prototype, "x", { get() { return this.v * 2; }, configurable: true });
say(many.reduce((sum, o) => sum + o.x, 0), many.map(read).join());
function* all() { for (const o of many) yield o.x; }
say([...all()].length, Math.max(...all()));
