/** The same idea with itty-router. */
import { AutoRouter, type IRequest, error, json } from "itty-router";

const router = AutoRouter({ base: "/v1" });

router
  .get("/hello/:name?", ({ params, query }: IRequest) => ({ hello: params["name"] ?? "world", query }))
  .get("/sum/:a/:b", ({ params }: IRequest) => ({ sum: Number(params["a"]) + Number(params["b"]) }))
  .post("/echo", async (request: IRequest) => json(await request.json(), { headers: { "x-echo": "yes" } }))
  .get("/fail", () => error(418, "short and stout"))
  .get("/throw", () => {
    throw new Error("broken on purpose");
  });

export default router;
