// About 1 MB bundled: a router, schemas, GraphQL, streams of values, utilities.
import { graphql, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { Hono } from "hono";
import * as utilities from "lodash-es";
import * as rx from "rxjs";
import { z } from "zod";

const greeting = z.object({ hello: z.string() });
const query = new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString, resolve: () => utilities.lowerCase("WORLD") } } });
const schema = new GraphQLSchema({ query });
const app = new Hono();
app.get("/graphql", async (c) => c.json(await graphql({ schema, source: "{ hello }" })));
app.get("/last", async (c) => c.json(await rx.lastValueFrom(rx.of(1, 2, 3).pipe(rx.map((n) => n * 2)))));
app.get("*", (c) => c.json(greeting.parse({ hello: utilities.lowerCase("WORLD") })));
export default app;
