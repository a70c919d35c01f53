import { compile, match, parse, pathToRegexp } from "path-to-regexp";

export default (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const found = match("/:first{/:second}")(`/${encodeURIComponent(searchParams.get("text"))}`);
  let message;
  try {
    parse("/:");
  } catch (error) {
    message = error.message;
  }
  return Response.json({
    found,
    star: match("/files/*path")(`/files/a/b/${searchParams.get("n")}`),
    made: compile("/u/:id{.:ext}")({ id: searchParams.get("text"), ext: "x" }),
    source: pathToRegexp("/a/:b{/c}").regexp.source,
    pathname,
    message,
  });
};
