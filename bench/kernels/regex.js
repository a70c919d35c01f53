// Regular expressions: search, capture, replace, split over a generated log.
function run() {
  let log = "";
  for (let i = 0; i < 3000; i++)
    log += `2026-11-${10 + (i % 20)} 12:${10 + (i % 50)}:07 host${i % 9} GET /api/v${i % 3}/users/${i}?q=${i * 7}&x=abc HTTP/1.1 ${200 + (i % 4)} ${i * 13}ms\n`;
  let checksum = 0;
  const line = /^(\d{4})-(\d\d)-(\d\d) (\S+) (host\d) (GET|POST) (\/[^ ?]*)(?:\?(\S*))? HTTP\/1\.1 (\d{3}) (\d+)ms$/gm;
  let match;
  while ((match = line.exec(log)) !== null) checksum = (checksum * 31 + match[7].length + Number(match[10])) | 0;
  checksum = (checksum + log.replace(/users\/(\d+)/g, (_, id) => "u" + (Number(id) + 1)).length) | 0;
  checksum = (checksum + log.split(/\s+/).length) | 0;
  checksum = (checksum + (log.match(/[a-z]+\d=|(?:ab|abc)\b/gi) || []).length) | 0;
  let words = 0;
  for (const part of log.slice(0, 60000).split("\n")) if (/(?:[a-z]+\/)+users.*(\d)\d*ms/.test(part)) words++;
  return checksum + words;
}
