// About 100 kB bundled: a router, a schema library, Markdown.
import { Hono } from "hono";
import { marked } from "marked";
import * as v from "valibot";

const greeting = v.object({ hello: v.string() });
const app = new Hono();
app.get("/page", (c) => c.html(marked.parse("# Hello")));
app.get("*", (c) => c.json(v.parse(greeting, { hello: "world" })));
export default app;
