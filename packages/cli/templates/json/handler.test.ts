import handler from "./handler.ts";

test("greets by name", async () => {
  const response = await send(handler, "/?name=Ada");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { hello: "Ada", path: "/" });
});
