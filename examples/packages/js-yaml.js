import { dump, load } from "js-yaml";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const text = `a: &x [1, 0x1F, 1.5e3, true, ~]\nb: *x\nn: ${searchParams.get("n")}\ntext: "${searchParams.get("text")}"\nblock: |\n  one\n   two\nfolded: >-\n  a\n  b\ndate: 2020-01-02T03:04:05Z\n? complex\n: {inline: [x, y]}\n`;
  let message;
  try {
    load("a: [1\nb: 2");
  } catch (error) {
    message = error.message;
  }
  return Response.json({ loaded: load(text), dumped: dump(load(text), { sortKeys: true }), message });
};
