import { parse, stringify } from "smol-toml";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const value = parse(
    `title = "${searchParams.get("text")}"\nn = ${searchParams.get("n")}\nf = 6.26e-3\nd = 1979-05-27T07:32:00Z\nlist = [ [1, 2], ["a"] ]\n[owner]\nname.first = 'x'\n[[items]]\na = 0x1F\n[[items]]\nb = """\nmulti\nline"""\n`,
  );
  let message;
  try {
    parse("a = 1\na = 2");
  } catch (error) {
    message = error.message;
  }
  return Response.json({ value, text: stringify(value), message });
};
