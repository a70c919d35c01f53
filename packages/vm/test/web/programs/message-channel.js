const { port1, port2 } = new MessageChannel();
const log = (...all) => console.log(...all);
await new Promise((resolve) => {
  const sent = { a: [1, new Map([[1, { b: 2 }]])] };
  port1.onmessage = (e) => {
    log("one", e.type, e.data, e.data === sent, e.target === port1, e instanceof MessageEvent, e.ports.length);
    if (e.data === "last") resolve();
  };
  port2.postMessage(sent);
  const bytes = new Uint8Array([1, 2, 3]);
  port2.postMessage(bytes, [bytes.buffer]);
  log("posted", bytes.length);
  Promise.resolve().then(() => log("microtask"));
  port2.postMessage("last");
});
// What comes before there is a listener is kept.
const queued = new MessageChannel();
queued.port1.postMessage("kept");
queued.port1.postMessage("too");
await new Promise((resolve) => {
  setTimeout(() => {
    log("listening");
    queued.port2.addEventListener("message", (e) => {
      log("listener", e.data);
      if (e.data === "too") resolve();
    });
  }, 2);
});
try {
  port1.postMessage(() => {});
} catch (e) {
  log(e.name);
}
for (const f of [() => new MessagePort(), () => MessageChannel(), () => port1.postMessage()])
  try {
    f();
    log("no error");
  } catch (e) {
    log(e.constructor.name);
  }
port1.close();
port2.postMessage("nobody");
queued.port1.close();
log(typeof port1.onmessage, port2.onmessage);
const event = new MessageEvent("m", { data: 1, origin: "o", lastEventId: "l" });
log(event.type, event.data, event.origin, event.lastEventId, event.source, event instanceof Event);
