import JSON5 from "json5";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const value = JSON5.parse(
    `{ // comment\n unquoted: '${searchParams.get("text")}', hex: 0xdecaf, half: .5, plus: +${searchParams.get("n")}, multi: 'a\\\nb', list: [1, Infinity,], }`,
  );
  let message;
  try {
    JSON5.parse("{a:\n 1,, }");
  } catch (error) {
    message = error.message;
  }
  return Response.text(`${JSON5.stringify(value, null, 2)} ${message}`);
};
