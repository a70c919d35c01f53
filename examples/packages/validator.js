import validator from "validator";

export default (request) => {
  const text = new URL(request.url).searchParams.get("text");
  const inputs = [
    text,
    "foo@bar.com",
    "https://example.com/a?b",
    "192.168.0.1",
    "::1",
    "4111 1111 1111 1111",
    "2020-02-30",
    "GB29 NWBK 6016 1331 9268 19",
    "AbC123!xyz",
    "978-3-16-148410-0",
    "+49 30 1234567",
  ];
  const checks = [
    "isEmail",
    "isURL",
    "isIP",
    "isCreditCard",
    "isDate",
    "isIBAN",
    "isStrongPassword",
    "isISBN",
    "isAlphanumeric",
    "isJSON",
    "isHexColor",
    "isFQDN",
  ];
  return Response.json({
    table: inputs.map((input) => checks.map((check) => Number(validator[check](input))).join("")),
    escaped: validator.escape(`<${text}>`),
    mail: validator.normalizeEmail("Some.One+tag@GoogleMail.com"),
  });
};
