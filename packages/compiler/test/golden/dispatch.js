function route(path) {
  if (path === "/") return 1;
  else if (path === "/a") return 2;
  else if (path === "/b") return 3;
  else if (path === "/c") return 4;
  else return 5;
}
function kind(n) {
  switch (n) {
    case 1: return "one";
    case 2: case -3: n++; break;
    default: n--;
    case "s": return n;
  }
  switch (n) { case n.a: return 1; case null: return 2; }
}
