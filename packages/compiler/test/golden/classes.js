class A {
  #p = 1; static s = 2; f = () => this.#p; ["c" + 1] = 3;
  #m() { return 1; } get #g() { return 2; } static #sm() {}
  constructor(x) { this.x = x; }
  method() { return #p in this && this.#m() + this.#g; }
  static { A.#sm(); }
  static async *[Symbol.iterator]() {}
}
class B extends A {
  constructor() { const early = () => this; super(1); this.y = super.method(); }
  set v(x) { super.v = x; }
}
const C = class extends B {};
