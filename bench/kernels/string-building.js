// Concatenation, template literals, joining, splitting, character access.
function run() {
  let text = "";
  for (let i = 0; i < 40000; i++) text += "item " + i + ";";
  const parts = text.split(";");
  let checksum = 0;
  for (let i = 0; i < parts.length; i++) {
    const upper = parts[i].toUpperCase();
    checksum = (checksum * 31 + upper.length + (upper.length > 3 ? upper.charCodeAt(3) : 0)) | 0;
  }
  const rows = [];
  for (let i = 0; i < 10000; i++) rows.push(`<tr><td>${i}</td><td>${parts[i]}</td></tr>`);
  const html = rows.join("\n");
  for (let i = 0; i < html.length; i += 7) checksum = (checksum * 33 + html.charCodeAt(i)) | 0;
  return checksum;
}
