/** JSX renders to an HTML string, without a dependency. */
function Item({ name, price }: { name: string; price: number }) {
  return (
    <li class="item">
      {name}: <b>{price.toFixed(2)} €</b>
    </li>
  );
}

const items = Array.from({ length: 12 }, (_, i) => ({ name: `Item ${i + 1}`, price: (i + 1) * 1.25 }));

export default {
  fetch(request: Request) {
    const query = new URL(request.url).searchParams.get("q") ?? "";
    return (
      <html lang="en">
        <body>
          <h1>Shop {query && <small>for “{query}”</small>}</h1>
          <ul>
            {items.map((item) => (
              <Item name={item.name} price={item.price} />
            ))}
          </ul>
        </body>
      </html>
    );
  },
};
