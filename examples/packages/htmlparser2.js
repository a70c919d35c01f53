import { Parser, parseDocument } from "htmlparser2";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const html = `<!doctype html><p class=a title='x &amp; y'>${searchParams.get("text")}<br><b>bold<i>both</b></i><script>if (a < b) {}</script><!-- c -->${"<li>x".repeat(Number(searchParams.get("n")))}`;
  const events = [];
  const parser = new Parser({
    onopentag: (name, attributes) => events.push(name, attributes),
    ontext: (text) => events.push(text),
    onclosetag: (name, implied) => events.push(`/${name}`, implied),
  });
  for (const piece of html.match(/.{1,5}/gsu)) parser.write(piece);
  parser.end();
  return Response.json({ events, children: parseDocument(html).children.map((child) => child.name ?? child.type) });
};
