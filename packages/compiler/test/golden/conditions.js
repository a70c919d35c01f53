function f(a, b) {
  if (a && b || !a) a();
  else if (a == null) b();
  else if (a === undefined) b(1);
  if (!(a < b)) return a ?? b;
  while (a >= b && b) b--;
  do a(); while (typeof a === "string");
  const x = !a, y = !(a > b), z = a || b || 3;
  a ||= b; a &&= 1; a.x ??= b;
  return a ? b : x ? y : z;
}
