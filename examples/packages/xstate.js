import { assign, createActor, setup } from "xstate";

const machine = setup({ guards: { full: ({ context }) => context.count >= 5 } }).createMachine({
  id: "m",
  initial: "idle",
  context: { count: 0, text: "" },
  states: {
    idle: { on: { start: { target: "busy", actions: assign({ text: ({ event }) => event.text }) } } },
    busy: {
      initial: "a",
      on: { stop: "done" },
      states: {
        a: { on: { next: [{ guard: "full", target: "b" }, { actions: assign({ count: ({ context }) => context.count + 1 }) }] } },
        b: { type: "final" },
      },
      onDone: "done",
    },
    done: { type: "final" },
  },
});

export default (request) => {
  const { searchParams } = new URL(request.url);
  const seen = [];
  const actor = createActor(machine);
  actor.subscribe(({ value, context, status }) => seen.push([value, context, status]));
  actor.start();
  actor.send({ type: "start", text: searchParams.get("text") });
  for (let i = 0; i < Number(searchParams.get("n")); i++) actor.send({ type: "next" });
  return Response.json({ seen, last: actor.getSnapshot().matches("done"), can: actor.getSnapshot().can({ type: "stop" }) });
};
