import { GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, graphql, printSchema } from "graphql";

const Item = new GraphQLObjectType({
  name: "Item",
  fields: () => ({ id: { type: new GraphQLNonNull(GraphQLInt) }, name: { type: GraphQLString }, next: { type: Item, resolve: ({ id }) => make(id + 1) } }),
});
const make = (id) => ({ id, name: `item ${id}` });
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      items: {
        type: new GraphQLList(Item),
        args: { first: { type: GraphQLInt } },
        resolve: async (_, { first }) => Array.from({ length: first }, (_, i) => make(i)),
      },
      fail: { type: GraphQLString, resolve: () => Promise.reject(new Error("no")) },
    },
  }),
});

export default async (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const source = "query Q($n: Int) { items(first: $n) { ...F next { next { id } } } fail } fragment F on Item { id title: name }";
  return Response.json({
    result: await graphql({ schema, source, variableValues: { n } }),
    invalid: await graphql({ schema, source: "{ nothing" }),
    unknown: await graphql({ schema, source: "{ nothing }" }),
    schema: printSchema(schema),
  });
};
