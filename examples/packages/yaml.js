import { Document, parse, parseDocument, stringify } from "yaml";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const text = `# head\na: &x {b: 1, c: [x, 'y']}\nd: *x\nn: ${searchParams.get("n")}\ntext: "${searchParams.get("text")}"\nblock: |+\n  one\n\n  two\nset: !!set {1, 2}\n`;
  const document = parseDocument(text);
  document.setIn(["a", "b"], 2);
  const made = new Document({ list: [1, [2]], long: "x ".repeat(60) });
  made.commentBefore = " made";
  return Response.json({
    parsed: parse("a: [1, 2]\nb: 1e3\nc: null"),
    document: `${document}`,
    made: made.toString(),
    text: stringify({ a: { b: ["multi\nline", true, null] } }),
    errors: parseDocument("a: [1\nb: }").errors.map(({ code, message }) => [code, message]),
  });
};
