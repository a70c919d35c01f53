var v = 1, undef;
{ function inBlock() { return this; } }
if (v) function odd() {}
function f(a, a) { var a; var g; function g() {} return typeof nothing + typeof a + delete a.b + delete v; }
label: { break label; }
var h = function self() { self = 1; return self; };
