// JSON round trip of a mid-sized document.
function run() {
  const document = { users: [], version: "1.0", ok: true, none: null };
  for (let i = 0; i < 2000; i++) {
    document.users.push({
      id: i,
      name: "User " + i,
      email: "user" + i + "@example.com",
      score: i * 1.25,
      tags: ["a", "b\n", "ü" + i],
      address: { street: 'Main "street"', zip: 10000 + i, geo: [i / 7, -i / 3] },
    });
  }
  let checksum = 0;
  for (let round = 0; round < 4; round++) {
    const text = JSON.stringify(document);
    const back = JSON.parse(text);
    checksum = (checksum + text.length + back.users.length + back.users[round].address.zip) | 0;
  }
  return checksum + JSON.stringify(document, null, 2).length;
}
