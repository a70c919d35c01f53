const t = new EventTarget();
const l = (e) => console.log("listener", e.type, e.target === t, e.defaultPrevented, e.eventPhase);
t.addEventListener("x", l);
t.addEventListener("x", l);
t.addEventListener("x", { handleEvent(e) { console.log("object", e.detail); e.preventDefault(); } });
t.addEventListener("x", () => console.log("once"), { once: true });
console.log(t.dispatchEvent(new CustomEvent("x", { detail: { d: 1 }, cancelable: true })));
console.log(t.dispatchEvent(new Event("x")));
t.removeEventListener("x", l);
t.addEventListener("x", (e) => e.stopImmediatePropagation());
t.addEventListener("x", () => console.log("never"));
t.dispatchEvent(new Event("x"));
const c = new AbortController();
c.signal.onabort = (e) => console.log("onabort", e.type);
c.signal.addEventListener("abort", () => console.log("abort", c.signal.reason));
t.addEventListener("y", () => console.log("y"), { signal: c.signal });
t.dispatchEvent(new Event("y"));
c.abort("because");
c.abort("again");
t.dispatchEvent(new Event("y"));
console.log(c.signal.aborted);
try {
  c.signal.throwIfAborted();
} catch (e) {
  console.log(e);
}
const d = AbortSignal.abort();
console.log(d.reason.name, d.reason.message, d.reason.code, d.reason instanceof DOMException, d.reason instanceof Error);
const any = AbortSignal.any([new AbortController().signal, d]);
console.log(any.aborted, any.reason === d.reason);
const timeout = AbortSignal.timeout(1);
timeout.addEventListener("abort", () => console.log(timeout.reason.name));
const order = [];
setTimeout(() => order.push("t2"), 2);
setTimeout((...a) => order.push("t1", ...a), 1, "arg");
const cleared = setTimeout(() => order.push("never"), 1);
clearTimeout(cleared);
queueMicrotask(() => order.push("micro"));
Promise.resolve().then(() => order.push("then"));
let k = 0;
const interval = setInterval(() => { order.push("i" + ++k); if (k === 3) { clearInterval(interval); setTimeout(() => console.log(order.filter((x) => x.startsWith("i") || x === "micro" || x === "then" || x === "arg")), 5); } }, 1);
for (const f of [() => new AbortSignal(), () => new Event(), () => t.addEventListener("x"), () => t.dispatchEvent({}), () => setTimeout("code"), () => AbortSignal.timeout(-1)]) {
  try {
    f();
    console.log("no error");
  } catch (e) {
    console.log(e.name);
  }
}
console.log(new DOMException("m", "NotFoundError").code, new DOMException().name, String(new DOMException("a", "b")), DOMException.ABORT_ERR);
