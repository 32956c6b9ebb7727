// The page: fetches what the chosen person sees, draws what has changed, and sends what they do.
import { renderAttachment, renderBlocks } from "/page/blocks.js";
import { make } from "/page/dom.js";
import { date, knowUsers, mrkdwn, textObject } from "/page/text.js";

const POLL_MILLISECONDS = 400;
const DEFAULT_USER = "U04JOPARK01";
const byId = (id) => document.getElementById(id);

let user = location.hash.slice(1) || DEFAULT_USER; // in the address, so that two tabs can be two people
let version = null;
let timer = null;
let shown = { modal: null, rules: null };

// Talking to the sandbox

async function poll() {
  clearTimeout(timer);
  try {
    const asked = user;
    const state = await (await fetch(`/state?user=${asked}&since=${version}`)).json();
    byId("offline").hidden = true;
    if (state.messages && asked === user) {
      draw(state);
      version = state.version;
    }
  } catch (error) {
    byId("offline").hidden = !(error instanceof TypeError); // what fetch throws when nobody answers
    version = null;
    if (!(error instanceof TypeError)) throw error;
  } finally {
    clearTimeout(timer);
    timer = setTimeout(poll, POLL_MILLISECONDS);
  }
}

async function send(action, asked, source) {
  if (source?.classList.contains("busy")) return;
  source?.classList.add("busy"); // not disabled: that would take the focus away
  try {
    const body = JSON.stringify({ user, ...asked });
    const headers = { "Content-Type": "application/json" };
    const { said } = await (await fetch(`/do/${action}`, { method: "POST", body, headers })).json();
    if (said) {
      byId("said").textContent = said;
      byId("said").hidden = false;
    }
  } finally {
    source?.classList.remove("busy");
    await poll();
  }
}

// Drawing

function draw(state) {
  knowUsers(state.users);
  drawPeople(state);
  drawEc2(state); // before the messages: it changes how much room they have
  drawMessages(state);
  drawModal(state.modal);
  for (const id of ["channel", "sidebar-channel"]) byId(id).textContent = state.channel;
  byId("calls").textContent = `The bot has made ${state.calls.slack} calls to Slack and ${state.calls.aws} to AWS.`;
}

function drawPeople(state) {
  if (byId("people").dataset.user === user) return;
  byId("people").dataset.user = user;
  const buttons = state.people.map((person) => {
    const note = person.note ? make("small", {}, ` ${person.note}`) : null;
    const button = make("button", { type: "button", "aria-pressed": String(person.id === user) }, person.name, note);
    button.addEventListener("click", () => become(person.id));
    return button;
  });
  byId("people").replaceChildren(...buttons);
}

function become(person) {
  user = person;
  history.replaceState(null, "", `#${person}`);
  version = null;
  poll();
}

function drawMessages(state) {
  const list = byId("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const before = new Map([...list.children].map((element) => [element.dataset.key, element]));
  if (before.size === 0) before.set("welcome", welcome());
  const wanted = [before.get("welcome")];
  for (const message of state.messages) {
    const key = `${user}/${message.ts}`;
    const source = JSON.stringify(message);
    const old = before.get(key);
    if (old?.source === source) wanted.push(old);
    else {
      const element = drawMessage(message, state.users);
      Object.assign(element, { source });
      element.dataset.key = key;
      element.dataset.ts = message.ts;
      if (!old && version !== null) element.classList.add("new");
      element.refocus = old?.contains(document.activeElement) ? document.activeElement : null;
      element.instead = element.refocus && [...old.querySelectorAll("[data-action]")].indexOf(element.refocus);
      wanted.push(element);
    }
  }
  const changed = wanted.length !== list.children.length || wanted.some((element, i) => element !== list.children[i]);
  if (!changed) return;
  list.replaceChildren(...wanted);
  for (const element of wanted) {
    // The focus survives the redrawing of a card: on the same button, or on the one that took its place.
    if (!element.refocus) continue;
    const action = CSS.escape(element.refocus.dataset.action);
    const same = element.querySelector(`[data-action="${action}"]`);
    (same ?? element.querySelectorAll("[data-action]")[element.instead])?.focus();
    element.refocus = null;
  }
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function welcome() {
  const text = "This channel gets a card for every security group change. Open SSH to the world and watch.";
  const element = make("div", { class: "welcome" }, make("h2", {}, "# security-groups"), make("p", {}, text));
  element.dataset.key = "welcome";
  return element;
}

function drawMessage(message, users) {
  const author = users[message.user] ?? { name: message.user, bot: false };
  const act = acting("click", () => ({ ts: message.ts }));
  const text = message.text ? make("div", {}, mrkdwn(message.text)) : null;
  const body = message.blocks ? renderBlocks(message.blocks, act) : text;
  return make(
    "article",
    { class: `message ${message.ephemeral ? "ephemeral" : ""}`, "aria-label": `Message from ${author.name}` },
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
      ),
      body,
      (message.attachments ?? []).map((attachment) => renderAttachment(attachment, act)),
    ),
  );
}

function avatar(id, author) {
  if (id === "U04PANOPTIC") return make("img", { class: "avatar", src: "/page/eye.svg", alt: "" });
  const letters = author.name.split(" ").map((word) => word[0]).join("");
  return make("div", { class: `avatar letters ${id === DEFAULT_USER ? "first" : ""}`, "aria-hidden": "true" }, letters);
}

function drawModal(view) {
  const dialog = byId("modal");
  const source = JSON.stringify(view && [user, view.id, view.hash, view.errors]);
  if (source === shown.modal) return;
  const same = shown.modal !== null && shown.view === view?.id;
  shown = { ...shown, modal: source, view: view?.id };
  if (!view) {
    dialog.close();
    dialog.replaceChildren();
    return;
  }
  const typed = same ? inputs(dialog) : {};
  const focused = document.activeElement?.dataset?.input;
  const act = acting("click_in_modal", () => ({ values: inputs(dialog) }));
  const leave = make("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
  leave.addEventListener("click", () => send("close", {}));
  const cancel = make("button", { type: "button", class: "button" }, view.close?.text ?? "Close");
  cancel.addEventListener("click", () => send("close", {}));
  const submit = view.submit ? make("button", { type: "submit", class: "button primary" }, view.submit.text) : null;
  const general = view.errors[""] ? make("div", { class: "field-error", role: "alert" }, view.errors[""]) : null;
  const form = make(
    "form",
    {},
    make("header", {}, make("h2", { id: "modal-title" }, view.title.text), leave),
    make("div", { class: "modal-body", tabindex: "0" }, renderBlocks(view.blocks, act, view.errors)),
    general,
    submit || view.close ? make("footer", {}, cancel, submit) : null,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("submit", { values: inputs(dialog) }, submit);
  });
  dialog.replaceChildren(form);
  for (const field of dialog.querySelectorAll("[data-input]")) {
    if (field.dataset.input in typed) field.value = typed[field.dataset.input];
  }
  if (!dialog.open) dialog.showModal();
  const again = focused && dialog.querySelector(`[data-input="${CSS.escape(focused)}"]`);
  (dialog.querySelector("[aria-invalid]") ?? again)?.focus();
}

function inputs(dialog) {
  const fields = [...dialog.querySelectorAll("[data-input]")];
  return Object.fromEntries(fields.map((field) => [field.dataset.input, field.value]));
}

byId("modal").addEventListener("cancel", (event) => {
  event.preventDefault(); // the sandbox closes it, so that the app hears of it if it wants to
  send("close", {});
});

// What happens when somebody uses an element: after the confirm dialog, a link opens, and the bot hears of it all the
// same. https://docs.slack.dev/reference/block-kit/composition-objects/option-object
function acting(action, more) {
  return (element, block, option, source) =>
    confirmed(element, () => {
      const { url } = option ?? element;
      if (/^https?:\/\//i.test(url ?? "")) window.open(url, "_blank", "noopener");
      const which = { action_id: element.action_id, block_id: block.block_id, value: element.value };
      send(action, { ...more(), ...which, option: option?.value }, source);
    });
}

function confirmed(element, go) {
  if (!element.confirm) return go();
  const { title, text, confirm, deny, style } = element.confirm;
  const dialog = byId("confirm");
  const yes = make("button", { type: "button", class: `button ${style ?? "primary"}` }, confirm.text);
  const no = make("button", { type: "button", class: "button" }, deny.text);
  yes.addEventListener("click", () => {
    dialog.close();
    go();
  });
  no.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(
    make("header", {}, make("h2", { id: "confirm-title" }, title.text)),
    make("div", { class: "modal-body" }, textObject(text)),
    make("footer", {}, no, yes),
  );
  dialog.showModal();
  no.focus();
}

// AWS

function drawEc2(state) {
  const source = JSON.stringify(state.groups);
  if (source === shown.rules) return;
  const known = shown.rules && new Set(JSON.parse(shown.rules).flatMap((group) => group.rules.map((rule) => rule.id)));
  shown.rules = source;
  const spare = state.groups.some((group) => group.name === "old-bastion");
  const calls = [
    ["open", "Open SSH to the world", "danger", "on web-prod: tcp 22 from 0.0.0.0/0"],
    ["close", "Close it again", "", "on web-prod"],
    spare ? ["delete", "Delete a group", "", "old-bastion"] : ["create", "Make it again", "", "old-bastion"],
  ];
  const focused = document.activeElement?.dataset?.call;
  const buttons = calls.map(([call, label, style, note]) => {
    const button = make("button", { type: "button", class: `big ${style}`, "data-call": call }, label, make("small", {}, note));
    button.addEventListener("click", () => send("ec2", { call }, button));
    return button;
  });
  byId("ec2").replaceChildren(...buttons);
  if (focused) buttons.find((button) => button.dataset.call === focused)?.focus();
  byId("rules").replaceChildren(...state.groups.map((group) => drawGroup(group, known)));
}

function drawGroup(group, known) {
  const rules = group.rules.map((rule) => {
    const anyone = ["0.0.0.0/0", "::/0"].includes(rule.source);
    const everything = rule.protocol === "-1";
    const ports = rule.from_port === rule.to_port ? `${rule.from_port}` : `${rule.from_port}–${rule.to_port}`;
    const open = !rule.egress && anyone && ![80, 443].includes(rule.from_port);
    const classes = `rule ${open ? "open" : ""} ${known && !known.has(rule.id) ? "new" : ""}`;
    return make(
      "li",
      { class: classes, title: rule.id },
      make("span", { class: "direction" }, rule.egress ? "egress" : "ingress"),
      make("span", { class: "ports" }, everything ? "all" : `${rule.protocol} ${ports}`),
      make("span", { class: "source" }, rule.source, rule.description ? make("small", {}, rule.description) : null),
    );
  });
  const none = make("li", { class: "rule none" }, "no rules");
  return make("section", { class: "group" }, make("h3", {}, group.name, make("code", {}, group.id)), make("ul", {}, rules.length ? rules : none));
}

// The composer

const say = byId("say");
const COMMANDS = [
  ["/sg-changes", "the latest changes"],
  ["/sg-changes web-prod", "the changes of one group"],
  ["/sg-changes rules web-prod", "its rules now"],
  ["/sg-changes unacked", "what nobody has acknowledged"],
  ["/sg-changes help", "what else it can do"],
];

function hint() {
  const hints = COMMANDS.filter(([text]) => say.value.startsWith("/") && text.startsWith(say.value.trim()) && text !== say.value);
  byId("hints").hidden = hints.length === 0;
  byId("hints").replaceChildren(
    ...hints.map(([text, note]) => {
      const button = make("button", { type: "button" }, make("b", {}, text), make("small", {}, note));
      button.addEventListener("click", () => {
        say.value = text;
        say.focus();
        hint();
      });
      return button;
    }),
  );
}

say.addEventListener("input", hint);
say.addEventListener("keydown", (event) => {
  if (event.key === "Escape") byId("hints").hidden = true;
});
byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = say.value.trim();
  if (!text) return;
  say.value = "";
  hint();
  await send("say", { text });
  byId("messages").scrollTop = byId("messages").scrollHeight;
});

if (matchMedia("(max-width: 900px)").matches) byId("rules-box").open = false;
poll();
