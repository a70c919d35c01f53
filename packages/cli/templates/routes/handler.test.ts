import handler from "./handler.ts";

test("an item is added and listed", async () => {
  const added = await send(handler, "/items", { method: "POST", body: JSON.stringify({ title: "Second" }) });
  assert.equal(added.status, 201);
  const list = (await (await send(handler, "/items")).json()) as { title: string }[];
  assert.deepEqual(
    list.map((item) => item.title),
    ["First", "Second"],
  );
});

test("the rest is not found", async () => assert.equal((await send(handler, "/nowhere")).status, 404));
