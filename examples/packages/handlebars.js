import Handlebars from "handlebars/runtime.js";

// What `handlebars.precompile("Hello {{name}}{{#each list}} {{upper this}}{{/each}}")` prints: compiling at run time needs new Function.
const template = Handlebars.template({
  1: function (container, depth0, helpers) {
    return ` ${container.escapeExpression(helpers.upper.call(depth0, depth0, {}))}`;
  },
  compiler: [8, ">= 4.3.0"],
  main: function (container, depth0, helpers, partials, data) {
    const each = container.hooks.helperMissing && helpers.each;
    return `Hello ${container.escapeExpression(container.lambda(depth0.name, depth0))}${each.call(depth0, depth0.list, { name: "each", hash: {}, fn: container.program(1, data, 0), inverse: container.noop, data })}`;
  },
  useData: true,
});
Handlebars.registerHelper("upper", (text) => `${text}`.toUpperCase());

export default (request) => {
  const { searchParams } = new URL(request.url);
  return Response.text(template({ name: searchParams.get("text"), list: Array.from({ length: Number(searchParams.get("n")) }, (_, i) => `<${i}>`) }));
};
