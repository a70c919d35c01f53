import Fuse from "fuse.js";

const books = [
  "Old Man's War",
  "The Lock Artist",
  "HTML5",
  "Right Ho Jeeves",
  "The Code of the Wooster",
  "Thank You Jeeves",
  "The DaVinci Code",
  "Angels & Demons",
].map((title, i) => ({
  title,
  author: { first: ["John", "Steve", "Remy", "P.D", "Dan"][i % 5] },
}));
const fuse = new Fuse(books, { keys: ["title", { name: "author.first", weight: 2 }], includeScore: true, includeMatches: true });

export default (request) => Response.json(fuse.search(new URL(request.url).searchParams.get("text").slice(0, 5)));
