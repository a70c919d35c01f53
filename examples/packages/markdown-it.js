import MarkdownIt from "markdown-it";

const markdown = new MarkdownIt({ html: true, linkify: true, typographer: true });

export default (request) => {
  const { searchParams } = new URL(request.url);
  const rows = Array.from({ length: Number(searchParams.get("n")) }, (_, i) => `| ${i} | **b${i}** |`).join("\n");
  return Response.html(
    markdown.render(
      `# ${searchParams.get("text")}\n\n1. one\n2. two\n   - nested \`code\`\n\n> quote with "quotes" -- and http://example.com/a?b=c (c)\n\n| a | b |\n|--:|:-:|\n${rows}\n\n\`\`\`js\na < b\n\`\`\`\n\n[link](<x y> "t") ![img](i.png) ~~gone~~ <b>html</b>\n\n[ref]\n\n[ref]: http://r/ä`,
    ),
  );
};
