// What opens beside the channel: a thread, or what stands behind a card, to copy.
import { make } from "/page/dom.js";
import { drawMessage } from "/page/messages.js";
import { ask, send } from "/page/wire.js";

const drawer = document.getElementById("drawer");
let open = null; // {kind, ts}
let state = null;
let from = null;
let source = null;

export function openThread(ts) {
  show({ kind: "thread", ts });
}

export function openCard(ts) {
  show({ kind: "card", ts });
}

export function drawDrawer(current) {
  state = current;
  if (open) fill();
}

function show(wanted) {
  from = document.activeElement;
  open = wanted;
  source = null;
  fill().then(() => drawer.querySelector("input, button")?.focus());
}

function close() {
  open = null;
  drawer.hidden = true;
  from?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open && !event.defaultPrevented && !document.querySelector("dialog[open]")) close();
});

async function fill() {
  const wanted = open;
  const data = wanted.kind === "card" ? await ask(`/card?ts=${wanted.ts}`) : threadOf(wanted.ts);
  const now = JSON.stringify([wanted, data]);
  if (open !== wanted || now === source) return;
  source = now;
  const opened = [...drawer.querySelectorAll("details")].map((each) => each.open);
  const typed = drawer.querySelector("input")?.value;
  const leave = make("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
  leave.addEventListener("click", close);
  const title = wanted.kind === "card" ? "Behind this card" : "Thread";
  const body = wanted.kind === "card" ? behind(data) : thread(data, typed);
  const focused = drawer.contains(document.activeElement) ? focusable().indexOf(document.activeElement) : -1;
  drawer.replaceChildren(make("header", {}, make("h2", {}, title), leave), make("div", { class: "drawer-body" }, body));
  drawer.hidden = false;
  [...drawer.querySelectorAll("details")].forEach((each, i) => (each.open = opened[i] ?? each.open));
  if (focused >= 0) focusable()[focused]?.focus();
}

function focusable() {
  return [...drawer.querySelectorAll("button, input, summary")];
}

// Threads

function threadOf(ts) {
  return state.messages.filter((message) => message.ts === ts || message.thread_ts === ts);
}

function thread(messages, typed) {
  const input = make("input", { "aria-label": "Reply", placeholder: "Reply…", autocomplete: "off" });
  input.value = typed ?? "";
  const form = make("form", { class: "reply" }, input, make("button", { class: "button primary", type: "submit" }, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value;
    input.value = "";
    if (text.trim()) send("say", { text, thread_ts: open.ts });
  });
  return [...messages.map((message) => drawMessage(message, state.users, [], true)), form];
}

// Behind a card

function behind(card) {
  if (card.error) return [make("p", {}, card.error)];
  const facts = [];
  if (card.seconds !== null) facts.push(`The card was there ${card.seconds} s after the call to EC2.`);
  facts.push(`Slack was called ${count(card.calls.length, "time")} for it, and ${count(card.requests.length, "click")} came back.`);
  return [
    make("p", { class: "facts" }, facts.join(" ")),
    card.events.length ? null : make("p", { class: "note" }, "No event of its own: it gathers what other cards began, or it is an answer."),
    card.events.map((each) => event(each)),
    card.requests.map((each) => request(each)),
    section("The card as Block Kit", card.message),
    section(`Calls to Slack: ${card.calls.map((call) => call.method + (call.error ? ` (${call.error})` : "")).join(", ") || "none"}`, card.calls),
  ];
}

function event(each) {
  const again = make("button", { type: "button", class: "button" }, "Deliver again");
  again.addEventListener("click", async () => {
    const { said, error } = await send("again", { event_id: each.event_id }, again);
    document.getElementById("said").textContent = said ?? error;
    document.getElementById("said").hidden = false;
    source = null;
    fill();
  });
  const name = each.event.detail?.eventName ?? "an event";
  const times = each.times > 1 ? `, delivered ${each.times} times` : "";
  return section(`The event: ${name}${times}`, each.event, again);
}

function request(each) {
  const late = each.seconds > 3;
  const time = make("span", { class: late ? "late" : "" }, `${each.seconds} s${late ? ", Slack waits no longer than 3" : ""}`);
  const headers = each.event.headers;
  const wire = [
    `POST ${each.event.rawPath}`,
    `x-slack-request-timestamp: ${headers["x-slack-request-timestamp"]}`,
    `x-slack-signature: ${headers["x-slack-signature"]}`,
  ].join("\n");
  const title = ["Signed request: ", each.what, " · answered ", String(each.status), " after ", time];
  return section(title, { form: each.form, function_url_event: each.event, answer: each.answer }, null, wire);
}

function section(title, value, more = null, first = null) {
  const text = JSON.stringify(value, null, 2);
  const copy = make("button", { type: "button", class: "button" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  });
  return make(
    "details",
    { class: "behind" },
    make("summary", {}, title),
    make("div", { class: "behind-buttons" }, copy, more),
    first ? make("pre", {}, first) : null,
    make("pre", {}, text),
  );
}

function count(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
