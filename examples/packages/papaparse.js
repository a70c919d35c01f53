import Papa from "papaparse";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const rows = Array.from({ length: Number(searchParams.get("n")) }, (_, i) => `${i},"a ""q"" ${i}, b","line\nbreak",${i / 2}`).join("\r\n");
  const parsed = Papa.parse(`id,text,more,half\r\n${rows}\r\n7,short\r\n`, { header: true, dynamicTyping: true, skipEmptyLines: true });
  return Response.json({
    parsed,
    unparsed: Papa.unparse([
      { a: searchParams.get("text"), b: 'x"y' },
      { a: "1,2", b: null },
    ]),
    semicolon: Papa.parse("a;b\n1;2").meta,
  });
};
