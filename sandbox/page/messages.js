// The channel's messages: only what has changed is drawn anew, and the focus stays where it was.
import { renderAttachment, renderBlocks } from "/page/blocks.js";
import { make } from "/page/dom.js";
import { openCard, openThread } from "/page/drawer.js";
import { acting } from "/page/modal.js";
import { date, mrkdwn } from "/page/text.js";
import { isFirst, me } from "/page/wire.js";

const BOT = "U04PANOPTIC";
const SLACKBOT = "USLACKBOT";
const list = document.getElementById("messages");

export function drawMessages(state) {
  const replies = new Map();
  for (const message of state.messages) {
    if (message.thread_ts) replies.set(message.thread_ts, [...(replies.get(message.thread_ts) ?? []), message]);
  }
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const before = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const wanted = [before.get("welcome") ?? welcome(state.channel)];
  for (const message of state.messages.filter((each) => !each.thread_ts)) {
    const key = `${me()}/${message.ts}`;
    const thread = replies.get(message.ts) ?? [];
    const source = JSON.stringify([message, thread.length]);
    const old = before.get(key);
    if (old?.source === source) wanted.push(old);
    else wanted.push(anew(drawMessage(message, state.users, thread), key, message, source, old));
  }
  const changed = wanted.length !== list.children.length || wanted.some((element, i) => element !== list.children[i]);
  if (!changed) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.replaceChildren(...wanted);
  if (focused?.isConnected) focused.focus({ preventScroll: true }); // what is put back has lost it
  for (const element of wanted) refocus(element);
  if (atEnd || isFirst()) list.scrollTop = list.scrollHeight;
}

function anew(element, key, message, source, old) {
  Object.assign(element, { source });
  element.dataset.key = key;
  element.dataset.ts = message.ts;
  if (!old && !isFirst()) element.classList.add("new");
  element.refocus = old?.contains(document.activeElement) ? document.activeElement : null;
  element.instead = element.refocus && [...old.querySelectorAll("[data-action]")].indexOf(element.refocus);
  return element;
}

// On the same button, or on the one that took its place.
function refocus(element) {
  if (!element.refocus) return;
  const action = CSS.escape(element.refocus.dataset.action ?? "");
  const same = element.querySelector(`[data-action="${action}"]`);
  (same ?? element.querySelectorAll("[data-action]")[element.instead])?.focus();
  element.refocus = null;
}

function welcome(channel) {
  const text = "A card for every security group change, seconds after it happens. Break something on the right and watch.";
  const element = make(
    "div",
    { class: "welcome" },
    make("h2", {}, `# ${channel}`),
    make("p", {}, text),
    make("div", { class: "day" }, make("span", {}, "Today")),
  );
  element.dataset.key = "welcome";
  return element;
}

export function drawMessage(message, users, thread = [], inThread = false) {
  const author = users[message.user] ?? { name: message.user, bot: false };
  const act = acting("click", () => ({ ts: message.ts }));
  const text = message.text ? make("div", { class: "message-text" }, mrkdwn(message.text)) : null;
  const kind = `${message.ephemeral ? "ephemeral" : ""} ${message.failed ? "failed" : ""}`;
  return make(
    "article",
    { class: `message ${kind}`, "aria-label": `Message from ${author.name}` },
    message.ephemeral ? make("div", { class: "only-you" }, "Only visible to you") : null,
    avatar(message.user, author),
    make(
      "div",
      { class: "message-main" },
      make(
        "div",
        { class: "message-top" },
        make("b", {}, author.name),
        author.bot ? make("span", { class: "app" }, "APP") : null,
        date(Number(message.ts), "{time}", ""),
        message.edited ? make("small", {}, "(edited)") : null,
        inThread ? null : toolbar(message),
      ),
      message.blocks ? renderBlocks(message.blocks, act) : text,
      (message.attachments ?? []).map((attachment) => renderAttachment(attachment, act)),
      thread.length ? threadButton(message, thread, users) : null,
    ),
  );
}

function toolbar(message) {
  const reply = make("button", { type: "button", title: "Reply in thread" }, "Reply");
  reply.addEventListener("click", () => openThread(message.ts));
  const behind = make("button", { type: "button", title: "The event, the requests and the Block Kit of this card" }, "Look behind");
  behind.addEventListener("click", () => openCard(message.ts));
  return make(
    "span",
    { class: "toolbar" },
    message.ephemeral ? null : reply,
    message.user === BOT && !message.ephemeral ? behind : null,
  );
}

function threadButton(message, thread, users) {
  const count = thread.length === 1 ? "1 reply" : `${thread.length} replies`;
  const last = users[thread.at(-1).user] ?? { name: "?" };
  const button = make("button", { type: "button", class: "thread-link" }, make("b", {}, count), ` last by ${last.name}`);
  button.addEventListener("click", () => openThread(message.ts));
  return button;
}

function avatar(id, author) {
  if (id === BOT) return make("img", { class: "avatar", src: "/page/eye.svg", alt: "" });
  const letters = author.name.split(" ").map((word) => word[0]).join("");
  const hue = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0) * 7, 0) % 6;
  const kind = id === SLACKBOT ? "slackbot" : `hue-${hue}`;
  return make("div", { class: `avatar letters ${kind}`, "aria-hidden": "true" }, id === SLACKBOT ? "♥" : letters);
}
