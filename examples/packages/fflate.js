import { gunzipSync, gzipSync, strFromU8, strToU8, unzlibSync, zipSync, zlibSync } from "fflate";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const text = `${searchParams.get("text")} `.repeat(Number(searchParams.get("n")) * 50);
  const packed = gzipSync(strToU8(text), { mtime: 0, level: 9 });
  const zlib = zlibSync(strToU8(text), { level: 1 });
  const zip = zipSync({ "a.txt": strToU8(text) }, { mtime: new Date(2020, 1, 2) });
  return Response.json({
    packed: [...packed],
    same: strFromU8(gunzipSync(packed)) === text && strFromU8(unzlibSync(zlib)) === text,
    zip: zip.length,
    zlib: zlib.length,
  });
};
