import Decimal from "decimal.js";

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const x = new Decimal(n).div(3);
  return Response.json({
    x,
    exp: x.exp(),
    ln: x.ln(),
    sin: x.sin(),
    power: x.pow("2.5"),
    fixed: x.toFixed(5),
    hex: new Decimal(n).toHex(),
    near: x.toNearest("0.05"),
  });
};
