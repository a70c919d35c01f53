import { compareSync, hashSync } from "bcryptjs";

const salt = "$2b$04$abcdefghijklmnopqrstuu";

export default (request) => {
  const text = new URL(request.url).searchParams.get("text");
  const hash = hashSync(text, salt);
  return Response.json({ hash, right: compareSync(text, hash), wrong: compareSync(`${text}!`, hash) });
};
