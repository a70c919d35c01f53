import qs from "qs";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const text = `a[b][c]=1&a[b][d]=${encodeURIComponent(searchParams.get("text"))}&list[]=1&list[]=2&i[1]=b&i[0]=a&x.y=3&empty=&null&utf8=%E2%9C%93&__proto__[p]=1`;
  const parsed = qs.parse(text, { allowDots: true, strictNullHandling: true });
  return Response.json({
    parsed,
    again: qs.stringify(parsed),
    repeat: qs.stringify({ a: [1, 2, { b: searchParams.get("n") }] }, { arrayFormat: "repeat", encodeValuesOnly: true }),
  });
};
