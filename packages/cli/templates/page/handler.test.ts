import handler from "./handler.tsx";

test("text is escaped", async () => {
  const response = await send(handler, "/?name=%3Cscript%3E");
  assert.match(await response.text(), /Hello, &lt;script&gt;/);
});
