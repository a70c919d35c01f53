// Promises, async functions, async generators: order of microtasks, errors, combinators.
const log = []; const say = (...v) => log.push(v.join(" "));
const sleep = (turns) => { let p = Promise.resolve(); for (let i = 0; i < turns; i++) p = p.then(() => {}); return p; };
say("start");
Promise.resolve().then(() => say("then 1")).then(() => say("then 2"));
queueMicrotask(() => say("microtask"));
(async () => { say("async sync part"); await null; say("after await 1"); await null; say("after await 2"); })();
new Promise((r) => { say("executor"); r({ then(f) { say("thenable"); f("tv"); } }); }).then((v) => say("resolved with", v));
Promise.reject(new Error("x")).catch((e) => { say("caught", e.message); return 1; }).finally(() => say("finally")).then((v) => say("value", v));
Promise.resolve(1).finally(() => { throw new Error("from finally"); }).catch((e) => say(e.message));
(async () => { try { await Promise.reject(new TypeError("tt")); } catch (e) { say("async caught", e.name); } finally { say("async finally"); } return "ret"; })().then((v) => say(v));
Promise.all([1, Promise.resolve(2), sleep(3).then(() => 3)]).then((v) => say("all", v));
Promise.all([]).then((v) => say("all empty", v.length));
Promise.all([sleep(1), Promise.reject(new Error("all rejects"))]).catch((e) => say(e.message));
Promise.allSettled([1, Promise.reject(2)]).then((v) => say(JSON.stringify(v)));
Promise.any([Promise.reject(1), sleep(2).then(() => "any")]).then((v) => say(v));
Promise.any([Promise.reject(1)]).catch((e) => say(e.name, e.errors, e.message));
Promise.race([sleep(5).then(() => "slow"), sleep(1).then(() => "fast")]).then((v) => say(v));
const { promise, resolve } = Promise.withResolvers(); promise.then((v) => say("withResolvers", v)); resolve("ok"); resolve("again");
Promise.try(() => { throw new Error("try"); }).catch((e) => say(e.message)); Promise.try((a, b) => a + b, 1, 2).then((v) => say("try", v));
const self = new Promise((r) => setTimeout ? Promise.resolve().then(() => r(self)) : 0); self.catch((e) => say(e.name));
try { new Promise(); } catch (e) { say(e.name); } try { Promise(); } catch (e) { say(e.name); } try { Promise.resolve.call(1); } catch (e) { say(e.name); }
class MyPromise extends Promise {} const mine = MyPromise.resolve(1).then((v) => v + 1); say(mine instanceof MyPromise); mine.then((v) => say("mine", v));
async function* agen() { try { say("agen start"); const x = yield 1; say("sent", x); yield Promise.resolve(2); for await (const y of [Promise.resolve(3), 4]) yield y; } finally { say("agen cleanup"); } }
(async () => { const out = []; for await (const v of agen()) { out.push(v); if (v === 4) break; } say("for await", out); })();
(async () => { const g = agen(); const many = await Promise.all([g.next("a"), g.next("b"), g.next(), g.return("early"), g.next()]); say(JSON.stringify(many)); })();
(async () => { const g = agen(); await g.next(); try { await g.throw(new Error("thrown in")); } catch (e) { say(e.message); } say(JSON.stringify(await g.next())); })();
(async () => { const g = agen(); say(JSON.stringify(await g.return("unstarted"))); })();
async function* delegate() { const r = yield* (async function* () { yield "i1"; return "ir"; })(); yield r; yield* ["s1", Promise.resolve("s2")]; }
(async () => { const out = []; for await (const v of delegate()) out.push(v); say("delegated", out); })();
(async () => { let closed = false; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: Promise.reject(new Error("sync value rejects")), done: false }), return() { closed = true; return {}; } }) }; try { for await (const v of it); } catch (e) { say(e.message, closed); } })();
const arrow = async (x, y = x) => { await 0; return [x, y, this === undefined].join(); }; arrow(1).then((v) => say("arrow", v.slice(0, 3)));
class K { #p = 1; async m() { await null; return this.#p; } async *g() { yield this.#p; } static async s() { return super.toString === undefined; } } new K().m().then((v) => say("method", v)); K.s().then((v) => say("static", v));
(async () => { const results = await Promise.all(Array.from({ length: 20 }, async (_, i) => { for (let k = 0; k < i % 4; k++) await k; return i * i; })); say(results.reduce((a, b) => a + b)); })();
(async function recursive(n) { if (n === 0) return "deep"; return await recursive(n - 1); })(50).then((v) => say(v));
(async () => { const t = { then(res, rej) { rej("thenable rejects"); } }; try { await t; } catch (e) { say(e); } })();
(async () => { try { await (async () => { throw 1; })(); } catch { say("nested throw"); } label: for (let i = 0; i < 3; i++) { for (;;) { await i; if (i < 2) continue label; break label; } } say("labels"); })();
say("end of script");
sleep(120).then(() => console.log(log.join("\n")));
