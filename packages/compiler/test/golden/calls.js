function f(a, ...rest) {
  a(); a(1, 2); a.b(a); a[0](rest); a?.b?.(1)?.c; a?.(); (a?.b)(); delete a?.b;
  new a(1); new a.b; a(...rest, 1); new a(...rest); a.b(...rest);
  a`x${rest}y`; a.b`\u{zz}`;
  return arguments.length;
}
function mapped(a, b) { a = 1; return arguments[0]; }
