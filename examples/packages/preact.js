import htm from "htm";
import { Fragment, createContext, h } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { renderToString } from "preact-render-to-string";

const html = htm.bind(h);
const Theme = createContext("light");
function Item({ i, children }) {
  const theme = useContext(Theme);
  const square = useMemo(() => i * i, [i]);
  return html`<li class=${`${theme} ${i % 2 ? "odd" : ""}`} style=${{ color: "red", marginTop: i }} data-i=${i}>${children}: ${square}</li>`;
}

export default (request) => {
  const { searchParams } = new URL(request.url);
  const list = Array.from({ length: Number(searchParams.get("n")) }, (_, i) => i);
  return Response.html(
    renderToString(
      html`<${Theme.Provider} value="dark"
        ><ul title=${searchParams.get("text")}>
          ${list.map((i) => html`<${Item} i=${i} key=${i}><b>${searchParams.get("text")}</b><//>`)}
        </ul>
        <${Fragment}>a${null}${false}${0}<//><input disabled value="x" />
        <p dangerouslySetInnerHTML=${{ __html: "<i>raw</i>" }}
      /><//>`,
    ),
  );
};
