import clsx from "clsx";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  return Response.text(clsx("a", n > 3 && "big", { odd: n % 2, even: !(n % 2) }, [["deep", [searchParams.get("text")]]], null, 0, n));
};
