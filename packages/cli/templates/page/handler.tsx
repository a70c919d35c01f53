function Page({ name }: { name: string }) {
  return (
    <html lang="en">
      <body>
        <h1>Hello, {name}</h1>
      </body>
    </html>
  );
}

export default {
  fetch(request: Request): Response {
    const name = new URL(request.url).searchParams.get("name") ?? "world";
    return Response.html(<Page name={name} />);
  },
};
