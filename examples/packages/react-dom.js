import { createContext, createElement as h, Fragment, memo, Suspense, useContext, useId, useMemo, useReducer, useState } from "react";
import { renderToReadableStream, renderToStaticMarkup, renderToString } from "react-dom/server";

const Theme = createContext("light");
const Row = memo(({ i, text }) => {
  const theme = useContext(Theme);
  const [count] = useState(() => i * 2);
  return h(
    "tr",
    { className: theme, style: { paddingLeft: i, "--order": i } },
    h("td", { "data-i": i }, count),
    h("td", null, i % 2 ? text : h("b", null, `${text} & more`)),
  );
});
function Table({ n, text }) {
  const id = useId();
  const rows = useMemo(() => Array.from({ length: n }, (_, i) => i), [n]);
  const [state, dispatch] = useReducer((sum, by) => sum + by, n);
  return h(
    Fragment,
    null,
    h("label", { htmlFor: id }, `${state} rows`),
    h(
      "table",
      { id, onClick: () => dispatch(1) },
      h(
        "tbody",
        null,
        rows.map((i) => h(Row, { key: i, i, text })),
      ),
    ),
  );
}
let loaded;
const Later = ({ text }) => {
  if (!loaded) throw (loaded = Promise.resolve().then(() => (loaded = { text })));
  return h("p", null, loaded.text ?? "");
};

export default async (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  const text = searchParams.get("text");
  const page = h(
    Theme.Provider,
    { value: "dark" },
    h(Table, { n, text }),
    h("input", { type: "checkbox", defaultChecked: n % 2 === 1, disabled: true }),
    h("div", { dangerouslySetInnerHTML: { __html: "<i>raw</i>" } }),
  );
  loaded = undefined;
  const stream = await renderToReadableStream(h("html", null, h("body", null, h(Suspense, { fallback: "…" }, h(Later, { text })))));
  await stream.allReady;
  return Response.json({ markup: renderToString(page), static: renderToStaticMarkup(page), streamed: await new Response(stream).text() });
};
