import BigNumber from "bignumber.js";

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const x = new BigNumber(n).dividedBy(7).plus("1e-30");
  return Response.json({
    x,
    root: x.sqrt(),
    fixed: x.toFixed(12),
    hex: new BigNumber(n).pow(40).toString(16),
    format: new BigNumber("1234567.891").times(n).toFormat(2),
  });
};
