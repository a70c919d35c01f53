import { SignJWT, UnsecuredJWT, base64url, calculateJwkThumbprint, decodeProtectedHeader, jwtVerify } from "jose";

const secret = new TextEncoder().encode("a secret of at least 32 bytes, as HS256 wants");

export default async (request) => {
  const { searchParams } = new URL(request.url);
  const token = await new SignJWT({ text: searchParams.get("text") })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuedAt(1e9)
    .setIssuer("me")
    .setExpirationTime(9e9)
    .sign(secret);
  const { payload } = await jwtVerify(token, secret, { issuer: "me" });
  const failures = [];
  for (const bad of [token.slice(0, -3), `${token}x`, "a.b", new UnsecuredJWT({}).encode()])
    await jwtVerify(bad, secret).catch((error) => failures.push([error.code, error.message]));
  await jwtVerify(token, secret, { issuer: "you" }).catch((error) => failures.push([error.code, error.claim]));
  return Response.json({
    token,
    payload,
    failures,
    header: decodeProtectedHeader(token),
    print: await calculateJwkThumbprint({ kty: "oct", k: base64url.encode(secret) }),
  });
};
