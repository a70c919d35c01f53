import Mustache from "mustache";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const view = {
    text: searchParams.get("text"),
    list: Array.from({ length: Number(searchParams.get("n")) }, (_, i) => ({ i, odd: i % 2 === 1 })),
    wrap: () => (inner, render) => `<b>${render(inner)}</b>`,
    none: [],
  };
  return Response.text(
    Mustache.render(
      "Hi {{text}} {{{text}}}\n{{#list}}\n  * {{i}}{{#odd}} odd{{/odd}}\n{{/list}}\n{{^none}}none{{/none}}{{#wrap}}{{text}}{{/wrap}}{{! c }}{{=<% %>=}}<% text %><%> part %>",
      view,
      { part: "[<%text%>{{text}}]" },
    ),
  );
};
