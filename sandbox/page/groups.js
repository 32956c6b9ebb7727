// EC2's own rules, and beside them what Panopticon knows of them.
import { make } from "/page/dom.js";
import { date } from "/page/text.js";
import { ask } from "/page/wire.js";

const OPEN_AT_ONCE = 6;
const LOOK_MILLISECONDS = 1500;
const box = document.getElementById("groups");
const toggled = new Map(); // group id -> whether the visitor opened or closed it
const knowledge = new Map(); // group id -> what Panopticon knows
let groups = [];
let users = {};
let drawn = null;
let seen = null; // the rules that were drawn before

export function drawGroups(state) {
  groups = state.groups;
  users = state.users;
  redraw();
}

function redraw() {
  const source = JSON.stringify([groups, [...knowledge]]);
  if (source === drawn) return;
  const rules = new Set(groups.flatMap((group) => group.rules.map((rule) => rule.id)));
  const focused = document.activeElement?.closest?.(".group")?.dataset.id;
  box.replaceChildren(...groups.map((group, place) => drawGroup(group, place)));
  if (focused) box.querySelector(`[data-id="${CSS.escape(focused)}"] summary`)?.focus();
  drawn = source;
  seen = rules;
}

function isOpen(group, place) {
  return toggled.get(group.id) ?? (place < OPEN_AT_ONCE || differences(group) > 0);
}

function drawGroup(group, place) {
  const known = knowledge.get(group.id);
  const open = group.rules.some(isExposed);
  const element = make(
    "details",
    { class: "group", open: isOpen(group, place), "data-id": group.id },
    make("summary", {}, make("h3", {}, group.name), badge(group, known), make("code", {}, group.id)),
    make("ul", {}, sorted(group.rules).map((rule) => drawRule(rule, known)), group.rules.length ? null : make("li", { class: "rule none" }, "no rules")),
    known ? disagreements(known) : null,
  );
  element.classList.toggle("exposed", open);
  element.addEventListener("toggle", () => {
    if (element.isConnected && element.open !== isOpen(group, place)) toggled.set(group.id, element.open);
  });
  return element;
}

const sorted = (rules) => [...rules].sort((a, b) => a.egress - b.egress || a.from_port - b.from_port);
const isExposed = (rule) => !rule.egress && ["0.0.0.0/0", "::/0"].includes(rule.source) && ![80, 443].includes(rule.from_port);

function drawRule(rule, known) {
  const ports = rule.from_port === rule.to_port ? `${rule.from_port}` : `${rule.from_port}–${rule.to_port}`;
  const classes = `rule ${isExposed(rule) ? "open" : ""} ${seen && !seen.has(rule.id) ? "new" : ""} ${rule.egress ? "egress" : ""}`;
  const everything = rule.protocol === "-1";
  return make(
    "li",
    { class: classes, title: rule.id },
    make("span", { class: "direction" }, rule.egress ? "egress" : "ingress"),
    make("span", { class: "ports" }, everything ? "all" : `${rule.protocol} ${ports}`),
    make("span", { class: "source" }, rule.source, rule.description ? make("small", {}, rule.description) : null),
    known?.is_known || known?.rules[rule.id] ? told(known.rules[rule.id]) : null,
  );
}

function told(fact) {
  if (!fact) return make("span", { class: "told differs" }, "Panopticon does not know this rule");
  const parts = ["opened ", moment(fact.opened)];
  if (fact.changed) parts.push("; as it is now ", moment(fact.changed));
  if (fact.accepted_by) parts.push(`; acknowledged by @${users[fact.accepted_by]?.name ?? fact.accepted_by}`);
  if (fact.note) parts.push(`: “${fact.note}”`);
  return make("span", { class: "told" }, parts);
}

function moment(when) {
  const at = date(when.at, "{time}", "");
  if (when.by) return [at, ` by ${when.by}`];
  return when.after ? ["between ", date(when.after, "{time}", ""), " and ", at, ", by nobody known"] : ["before ", at, ", by nobody known"];
}

function differences(group) {
  const known = knowledge.get(group.id);
  if (!known) return 0;
  return (known.is_known ? known.missing.length : 0) + known.extra.length + known.doubtful.length;
}

function badge(group, known) {
  if (!known) return null;
  const count = differences(group);
  if (count) return make("span", { class: "badge differs" }, count === 1 ? "1 difference" : `${count} differences`);
  if (!known.is_known) return make("span", { class: "badge unread", title: "Panopticon reads a group when it changes first" }, "not read yet");
  return make("span", { class: "badge agrees", title: "What Panopticon knows is what EC2 has" }, "agrees");
}

function disagreements(known) {
  const lines = [
    ...known.extra.map((rule) => ["Panopticon holds ", make("b", {}, rule), "; EC2 has no such rule"]),
    ...known.doubtful.map((rule) => ["Panopticon is not sure of ", make("b", {}, rule), "; it will read EC2"]),
  ];
  const closed = known.closed.map((each) => make("li", { class: "closed" }, `${each.rule}, closed `, moment(each.closed)));
  if (!lines.length && !closed.length) return null;
  return make("ul", { class: "known" }, lines.map((line) => make("li", { class: "differs" }, line)), closed);
}

async function look() {
  const wanted = document.hidden || box.closest("[hidden]") ? [] : groups.filter((group, place) => isOpen(group, place));
  if (wanted.length) {
    try {
      const told = await ask(`/knows?groups=${wanted.slice(0, 12).map((group) => group.id).join(",")}`);
      for (const [id, facts] of Object.entries(told)) knowledge.set(id, facts);
      redraw();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // nobody answers: the page says so elsewhere
    }
  }
  setTimeout(look, LOOK_MILLISECONDS);
}
setTimeout(look, 300);
