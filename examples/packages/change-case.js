import { camelCase, capitalCase, constantCase, kebabCase, pascalCase, snakeCase, trainCase } from "change-case";

export default (request) => {
  const text = new URL(request.url).searchParams.get("text");
  return Response.json([camelCase, capitalCase, constantCase, kebabCase, pascalCase, snakeCase, trainCase].map((change) => change(`${text} XMLHttp v2Beta`)));
};
