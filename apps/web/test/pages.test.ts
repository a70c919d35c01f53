/** What pages are rendered with on the server: asked with the rights of who asks for the page, and of nobody else. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pageRequest } from "../src/lib/page-request.ts";
import { startServer, type TestServer } from "./support/harness.ts";

let server: TestServer;
before(async () => {
  // In the place of the pages: says what one of them would be given.
  server = await startServer({
    pages: async (_, res) => {
      const page = pageRequest();
      const ask = async (path: string, input?: unknown) => page?.query(path, input).catch((error: Error) => ({ error: error.message }));
      res.end(JSON.stringify(page ? { path: page.url.pathname, state: await ask("auth.state"), handlers: await ask("handlers.list") } : null));
    },
  });
});
after(() => server.stop());

type Rendered = {
  path: string;
  state: { person: { name: string } | null; projects: { slug: string }[] };
  handlers: { name: string; updatedAt: string }[] & { error?: string };
} | null;
const render = async (path: string, headers: Record<string, string> = {}) => (await (await fetch(`${server.url}${path}`, { headers })).json()) as Rendered;

const upload = (name: string) => ({ name, files: [{ path: "index.ts", content: "export default () => 1" }], entry: "index.ts" });

test("a page is rendered with what its reader may see, as JSON", async () => {
  const mine = await server.person("deployer", "mine");
  const theirs = await server.person("deployer", "theirs");
  await mine.api.handlers.create.mutate(upload("of-mine"));
  await theirs.api.handlers.create.mutate(upload("of-theirs"));
  const page = await render("/handlers", { cookie: mine.cookie });
  assert.equal(page?.path, "/handlers");
  assert.deepEqual(
    page.handlers.map((h) => h.name),
    ["of-mine"],
  );
  assert.equal(typeof page.handlers[0]?.updatedAt, "string");
  const elsewhere = await render("/handlers?project=theirs", { cookie: mine.cookie });
  assert.match(elsewhere?.handlers.error ?? "", /not a member/);
});

test("whoever is not signed in gets nothing of it", async () => {
  const page = await render("/");
  assert.equal(page?.state.person, null);
  assert.match(page.handlers.error ?? "", /Sign in first/);
});

test("what is asked for where a link is followed, and what is no page, is rendered without", async () => {
  const { cookie } = await server.person("viewer");
  assert.equal(await render("/handlers?_rsc=1", { cookie, rsc: "1" }), null);
  assert.equal(await render("/_next/static/chunks/x.js", { cookie }), null);
});

test("pages that are rendered at the same time do not see each other's reader", async () => {
  const people = await Promise.all(["p1", "p2", "p3"].map((slug) => server.person("viewer", slug)));
  const pages = await Promise.all(Array.from({ length: 30 }, (_, i) => render("/", { cookie: people[i % 3]!.cookie })));
  for (const [i, page] of pages.entries())
    assert.deepEqual(
      page?.state.projects.map((p) => p.slug),
      [`p${(i % 3) + 1}`],
    );
});
