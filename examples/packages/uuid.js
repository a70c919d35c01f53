import { parse, stringify, v1, v4, v5, v7, validate, version } from "uuid";

export default (request) => {
  const text = new URL(request.url).searchParams.get("text");
  const named = v5(text, v5.URL);
  return Response.json({
    named,
    bytes: [...parse(named)],
    back: stringify(parse(named)),
    versions: [v1(), v4(), v7()].map(version),
    fixed: v4({ random: new Uint8Array(16).fill(7) }),
    valid: [validate(v7()), validate(text)],
  });
};
