// The AWS side: three big buttons, the groups, any call, stories, what may go wrong, events of one's own.
import { make } from "/page/dom.js";
import { drawGroups } from "/page/groups.js";
import { ask, send } from "/page/wire.js";

const byId = (id) => document.getElementById(id);
const LABELS = {
  group: "Group", rule: "Rule", by: "Name the rule by", protocol: "Protocol", ports: "Ports", sources: "Sources",
  description: "Description", name: "Name", key: "Key", value: "Value", add: "Entries to add", remove: "Entries to remove",
  version: "Version to restore",
};
const FIRST = { ports: "22", sources: "0.0.0.0/0", protocol: "tcp", name: "batch-prod", key: "team", value: "payments", add: "198.51.100.0/24", version: "1" };
const HINTS = { sources: "10.0.0.0/8, or a group's name, or office (a prefix list)", ports: "22, or 8000-8100" };
const PROTOCOLS = [["tcp", "tcp"], ["udp", "udp"], ["icmp", "icmp"], ["-1", "all traffic"], ["50", "50 (ESP)"]];

let offers = null;
let groups = [];

export async function preparePanel() {
  offers = await ask("/offers");
  prepareTabs();
  prepareForm();
  prepareStories();
  prepareEvents();
  byId("start-over").addEventListener("click", () => tell(send("start_over", {}, byId("start-over"))));
  for (const button of document.querySelectorAll("[data-trouble]")) {
    button.addEventListener("click", () => tell(send("trouble", { kind: button.dataset.trouble }, button)));
  }
}

export function drawPanel(state) {
  groups = state.groups;
  drawBig();
  drawGroups(state);
  drawChoices();
  drawTrouble(state.trouble);
  const { answer, calls } = state;
  const last = answer && make("span", { class: answer.late ? "late" : "" }, ` Its last answer took ${answer.seconds} s of the 3 that Slack gives it.`);
  byId("calls").replaceChildren(...[`Panopticon made ${calls.slack} calls to Slack and ${calls.aws} to AWS.`, last].filter(Boolean));
}

async function tell(answer) {
  const { said, error } = await answer;
  const text = said ?? error;
  if (!text) return;
  byId("said").textContent = text;
  byId("said").hidden = false;
}

// Three big buttons

function drawBig() {
  const spare = groups.some((group) => group.name === "old-bastion");
  const open = groups.find((group) => group.name === "web-prod")?.rules.some((rule) => rule.from_port === 22 && rule.source === "0.0.0.0/0");
  const wanted = JSON.stringify([spare, open]);
  if (byId("ec2").dataset.drawn === wanted) return;
  byId("ec2").dataset.drawn = wanted;
  const focused = document.activeElement?.dataset?.call;
  const calls = [
    ["open", "Open SSH to the world", "danger", "tcp 22 from 0.0.0.0/0 on web-prod"],
    ...(open ? [["close", "Close it again", "small", "on web-prod"]] : []),
    ["forty", "Terraform over 40 groups", "", "80 calls of one pipeline"],
    spare ? ["delete", "Delete a group", "", "old-bastion, which nobody uses"] : ["create", "Make it again", "", "old-bastion"],
  ];
  const buttons = calls.map(([call, label, style, note]) => {
    const button = make("button", { type: "button", class: `big ${style}`, "data-call": call }, label, make("small", {}, note));
    const asked = call === "forty" ? ["story", { story: "forty", group: "web-prod" }] : ["ec2", { call }];
    button.addEventListener("click", () => tell(send(...asked, button)));
    return button;
  });
  byId("ec2").replaceChildren(...buttons);
  if (focused) (buttons.find((button) => button.dataset.call === focused) ?? buttons.at(-1)).focus();
}

// Tabs. https://www.w3.org/WAI/ARIA/apg/patterns/tabs/

function prepareTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  }
  choose(tabs[0]);
}

// Any call

function prepareForm() {
  const operation = byId("operation");
  operation.replaceChildren(...Object.keys(offers.forms).map((name) => make("option", { value: name }, name)));
  byId("principal").replaceChildren(...Object.entries(offers.principals).map(([key, name]) => make("option", { value: key }, name)));
  operation.addEventListener("change", drawFields);
  byId("call").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = [...byId("fields").querySelectorAll("[data-field]")];
    for (const field of fields) field.removeAttribute("aria-invalid");
    const filled = Object.fromEntries(fields.map((field) => [field.dataset.field, field.value]));
    const asked = { operation: operation.value, principal: byId("principal").value, fields: filled };
    const answer = send("fill_in", asked, byId("call-send"));
    await tell(answer);
    const { field } = await answer;
    if (field) markWrong(field);
  });
  drawFields();
}

function markWrong(name) {
  const field = byId("fields").querySelector(`[data-field="${CSS.escape(name)}"]`);
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
}

function drawFields() {
  const names = offers.forms[byId("operation").value];
  const before = Object.fromEntries([...byId("fields").querySelectorAll("[data-field]")].map((field) => [field.dataset.field, field.value]));
  byId("fields").replaceChildren(...names.map((name) => drawField(name, before[name])));
  byId("fields").dataset.groups = "";
  drawChoices();
  byId("fields").querySelector("[data-field=group]")?.addEventListener("change", () => {
    byId("fields").dataset.groups = "";
    drawChoices();
  });
}

function drawField(name, value) {
  const id = `field-${name}`;
  const shared = { id, "data-field": name };
  let field;
  if (name === "group" || name === "rule") field = make("select", shared);
  else if (name === "protocol") field = make("select", shared, PROTOCOLS.map(([key, label]) => make("option", { value: key }, label)));
  else if (name === "by") field = make("select", shared, make("option", { value: "values" }, "what it admits"), make("option", { value: "id" }, "its id"));
  else field = make("input", { ...shared, autocomplete: "off", placeholder: HINTS[name] });
  if (value !== undefined) field.value = value;
  else if (FIRST[name]) field.value = FIRST[name];
  return make("div", { class: "field" }, make("label", { for: id }, LABELS[name]), field);
}

// Groups and rules to choose from; what is chosen stays chosen.
function drawChoices() {
  const source = JSON.stringify(groups.map((group) => [group.id, group.rules]));
  if (byId("fields").dataset.groups !== source) {
    byId("fields").dataset.groups = source;
    const chosen = fillSelect(byId("fields").querySelector("[data-field=group]"), groups.map((group) => [group.id, group.name]));
    const egress = byId("operation").value.endsWith("Egress");
    const group = groups.find((each) => each.id === chosen);
    const all = byId("operation").value === "ModifySecurityGroupRules";
    const rules = (group?.rules ?? []).filter((rule) => all || rule.egress === egress);
    const words = (rule) => `${rule.protocol === "-1" ? "all" : `${rule.protocol} ${rule.from_port}`} ${rule.egress ? "to" : "from"} ${rule.source}`;
    fillSelect(byId("fields").querySelector("[data-field=rule]"), rules.map((rule) => [rule.id, words(rule)]));
  }
  fillSelect(byId("story-group"), groups.filter((group) => !/^(app-\d|job-)/.test(group.name)).map((group) => [group.name, group.name]), "app-prod");
}

function fillSelect(select, options, first) {
  if (!select || select.dataset.options === JSON.stringify(options)) return select?.value;
  const chosen = select.value || first;
  select.dataset.options = JSON.stringify(options);
  select.replaceChildren(...options.map(([value, label]) => make("option", { value }, label)));
  if (options.some(([value]) => value === chosen)) select.value = chosen;
  return select.value;
}

// Stories, trouble, events

function prepareStories() {
  const others = Object.entries(offers.stories).filter(([key]) => key !== "forty"); // which has a big button
  const buttons = others.map(([key, story]) => {
    const button = make("button", { type: "button", class: "row" }, make("b", {}, story.title), make("small", {}, story.note));
    button.addEventListener("click", () => tell(send("story", { story: key, group: byId("story-group").value }, button)));
    return button;
  });
  byId("stories").replaceChildren(...buttons);
}

const NOW = {
  down: (trouble) => trouble.down && `${trouble.down} s yet`,
  slow: (trouble) => trouble.slow && `${trouble.slow} s yet`,
  limit: (trouble) => trouble.limited && "armed",
  drop: (trouble) => trouble.dropped && "armed",
  lose: (trouble) => (trouble.to_lose ? "armed" : trouble.lost ? `${trouble.lost} lost so far` : ""),
  hold: (trouble) => trouble.holds && `${trouble.held} held: let them go`,
};

function drawTrouble(trouble) {
  for (const button of document.querySelectorAll("[data-trouble]")) {
    const now = NOW[button.dataset.trouble](trouble) || "";
    button.setAttribute("aria-pressed", String(Boolean(now) && !now.endsWith("so far")));
    button.querySelector("i").textContent = now;
  }
  byId("down").hidden = !trouble.down;
}

function prepareEvents() {
  const buttons = offers.recorded.map((record) => {
    const button = make("button", { type: "button", class: "row" }, make("b", {}, record.name), make("small", {}, record.note));
    button.addEventListener("click", () => tell(send("replay", { name: record.name }, button)));
    return button;
  });
  byId("recorded").replaceChildren(...buttons);
  byId("again").addEventListener("click", () => tell(send("again", {}, byId("again"))));
  const paste = async (anyway, button) => {
    const { said, error } = await send("paste", { text: byId("paste").value, anyway }, button);
    byId("paste-error").textContent = error ?? "";
    byId("paste").setAttribute("aria-invalid", String(Boolean(error)));
    byId("anyway").hidden = !error || error.startsWith("This is not JSON");
    await tell(Promise.resolve({ said }));
  };
  byId("paste-form").addEventListener("submit", (event) => {
    event.preventDefault();
    paste(false, byId("paste-send"));
  });
  byId("anyway").addEventListener("click", () => paste(true, byId("anyway")));
}

if (matchMedia("(max-width: 900px)").matches) byId("more").open = false;
