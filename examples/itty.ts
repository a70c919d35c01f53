/** The same idea with itty-router. */
import { AutoRouter, error, json } from "itty-router";

const router = AutoRouter({ base: "/v1" });

router
  .get("/hello/:name?", ({ params, query }) => ({ hello: params["name"] ?? "world", query }))
  .get("/sum/:a/:b", ({ params }) => ({ sum: Number(params["a"]) + Number(params["b"]) }))
  .post("/echo", async (request) => json(await request.json(), { headers: { "x-echo": "yes" } }))
  .get("/fail", () => error(418, "short and stout"))
  .get("/throw", () => {
    throw new Error("broken on purpose");
  });

export default router;
