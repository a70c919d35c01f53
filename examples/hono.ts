/** A small API with Hono: routing, parameters, middleware, JSON bodies, errors. */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";

interface Todo {
  id: number;
  title: string;
  done: boolean;
}

const todos = new Map<number, Todo>([[1, { id: 1, title: "Start in no time", done: true }]]);
let nextId = 2;

const app = new Hono();

app.use("*", async (c, next) => {
  await next();
  c.header("x-served-by", "hono");
});
app.get("/", (c) => c.text("Todos: see /todos"));
app.get("/todos", (c) => {
  const done = c.req.query("done");
  const list = [...todos.values()].filter((todo) => done === undefined || String(todo.done) === done);
  return c.json({ todos: list, total: list.length });
});
app.get("/todos/:id{[0-9]+}", (c) => {
  const todo = todos.get(Number(c.req.param("id")));
  if (todo === undefined) throw new HTTPException(404, { message: "No such todo" });
  return c.json(todo);
});
app.post("/todos", async (c) => {
  const body = await c.req.json<{ title?: unknown }>();
  if (typeof body.title !== "string" || body.title === "") return c.json({ error: "title is missing" }, 400);
  const todo = { id: nextId++, title: body.title, done: false };
  todos.set(todo.id, todo);
  return c.json(todo, 201);
});
app.delete("/todos/:id", (c) => (todos.delete(Number(c.req.param("id"))) ? c.body(null, 204) : c.notFound()));
app.get("/page", (c) => c.html(`<h1>${todos.size} todos</h1>`));
app.get("/fail", () => {
  throw new Error("broken on purpose");
});
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 500)));

export default app;
