import {
  addBusinessDays,
  addMonths,
  differenceInCalendarDays,
  eachWeekOfInterval,
  format,
  formatDistance,
  getISOWeek,
  intervalToDuration,
  isValid,
  parse,
  parseISO,
} from "date-fns";
import { de } from "date-fns/locale/de";

export default (request) => {
  const n = Number(new URL(request.url).searchParams.get("n"));
  const start = parseISO("2024-02-28T22:30:15.250Z");
  const end = addMonths(start, n);
  return Response.json({
    end,
    english: format(end, "EEEE, do MMMM yyyy, HH:mm:ss.SSS"),
    german: format(end, "EEEE, d. MMMM yyyy 'um' HH:mm", { locale: de }),
    distance: formatDistance(start, end, { addSuffix: true }),
    days: differenceInCalendarDays(end, start),
    week: getISOWeek(end),
    business: addBusinessDays(start, n),
    weeks: eachWeekOfInterval({ start, end }).length,
    duration: intervalToDuration({ start, end }),
    parsed: parse("29/02/2024 7:05 pm", "dd/MM/yyyy h:mm a", new Date(0)),
    invalid: isValid(parse("31/02/2024", "dd/MM/yyyy", new Date(0))),
  });
};
