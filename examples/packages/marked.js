import { Marked } from "marked";

const marked = new Marked({ gfm: true, breaks: true, renderer: { heading: ({ tokens, depth }) => `<h${depth} id="x">${tokens.length}</h${depth}>\n` } });

export default (request) => {
  const { searchParams } = new URL(request.url);
  const items = Array.from({ length: Number(searchParams.get("n")) }, (_, i) => `- [${i % 2 ? "x" : " "}] item *${i}*`).join("\n");
  return Response.html(
    marked.parse(
      `# ${searchParams.get("text")}\n\n${items}\n\nline\nbreak __strong__ \`<code>\`\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n---\n\nhttps://example.com <i>x</i> [a]: b`,
    ),
  );
};
