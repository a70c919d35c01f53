import { applyMiddleware, combineReducers, createStore } from "redux";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const log = [];
  const logger = () => (next) => (action) => (log.push(action.type), next(action));
  const store = createStore(
    combineReducers({ n: (n = 0, { type, by }) => (type === "add" ? n + by : n), text: (text = "", action) => action.text ?? text }),
    applyMiddleware(logger),
  );
  let changes = 0;
  store.subscribe(() => changes++);
  for (let i = 0; i < Number(searchParams.get("n")); i++) store.dispatch({ type: "add", by: i });
  store.dispatch({ type: "say", text: searchParams.get("text") });
  let message;
  try {
    store.dispatch(() => 1);
  } catch (error) {
    message = error.message;
  }
  return Response.json({ state: store.getState(), log, changes, message });
};
