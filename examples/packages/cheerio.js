import { load } from "cheerio/slim";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const $ = load(`<ul id="list"><li class="a">1</li><li class="b">2 &amp; 3</li></ul><p>${searchParams.get("text")}</p>`);
  for (let i = 0; i < searchParams.get("n"); i++) $("#list").append(`<li data-i="${i}" class="${i % 2 ? "odd" : "even"}">item ${i}</li>`);
  $("li.odd:first").addClass("marked").attr("title", 'a "quoted" one');
  return Response.html($.html(), { headers: { "x-count": `${$("li").length} ${$("li.odd, li.a").length} ${$("li:contains(2)").text()}` } });
};
