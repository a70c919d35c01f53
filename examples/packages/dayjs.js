import dayjs from "dayjs";
import customParseFormat from "dayjs/plugin/customParseFormat.js";
import relativeTime from "dayjs/plugin/relativeTime.js";
import utc from "dayjs/plugin/utc.js";

dayjs.extend(utc);
dayjs.extend(relativeTime);
dayjs.extend(customParseFormat);

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const start = dayjs.utc("2023-11-05T10:20:30Z");
  const end = start.add(n, "week").subtract(n, "hour");
  return Response.json({
    end,
    text: end.format("dddd, MMMM D, YYYY h:mm A [Z]"),
    from: end.from(start),
    months: end.diff(start, "month", true),
    month: end.endOf("month").toISOString(),
    before: end.isBefore(start),
    parsed: dayjs.utc("05.11.2023 07:08", "DD.MM.YYYY HH:mm").unix(),
  });
};
