import { parseCookie, stringifySetCookie } from "cookie";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const cookies = parseCookie(`a=1; text=${encodeURIComponent(searchParams.get("text"))}; quoted="x y"; a=2; broken; =; s=%zz`);
  const set = stringifySetCookie({
    name: "session",
    value: searchParams.get("text"),
    httpOnly: true,
    maxAge: Number(searchParams.get("n")),
    sameSite: "lax",
    path: "/",
    expires: new Date(1e12),
  });
  return Response.json(cookies, { headers: { "set-cookie": set } });
};
