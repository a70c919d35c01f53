/** What the serving benchmark asks for. The three functions are the work itself, for peers that have no Request and Response. */
const items = Array.from({ length: 20 }, (_, i) => ({ name: `Item ${i + 1} <b>`, price: (i + 1) * 1.25, tags: ["new", "sale & more"].slice(0, i % 3) }));

function Item({ item, highlighted }) {
  return (
    <li class={highlighted ? "item highlighted" : "item"}>
      <a href={`/item?name=${encodeURIComponent(item.name)}`}>{item.name}</a>: <b>{item.price.toFixed(2)} €</b>
      {item.tags.map((tag) => (
        <span class="tag">{tag}</span>
      ))}
    </li>
  );
}

export const hello = () => ({ hello: "world" });
export const page = (name) =>
  `${(
    <html lang="en">
      <head>
        <title>Shop of {name}</title>
      </head>
      <body>
        <h1>Hello {name}</h1>
        <ul>
          {items.map((item, i) => (
            <Item item={item} highlighted={i % 5 === 0} />
          ))}
        </ul>
      </body>
    </html>
  )}`;

export default async function handler(request) {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/hello") return Response.json(hello());
  if (pathname === "/echo") return Response.json(await request.json());
  return new Response(page(searchParams.get("name") ?? "nobody"), { headers: { "content-type": "text/html;charset=UTF-8" } });
}
