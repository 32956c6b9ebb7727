// Modals, confirm dialogs, and what happens when somebody uses an interactive element.
import { renderBlocks } from "/page/blocks.js";
import { make } from "/page/dom.js";
import { textObject } from "/page/text.js";
import { me, send } from "/page/wire.js";

const dialog = document.getElementById("modal");
const question = document.getElementById("confirm");
let shown = { source: null, view: null };
let opener = null; // what the modal was opened by

export function drawModal(view) {
  const source = JSON.stringify(view && [me(), view.id, view.hash, view.errors]);
  if (source === shown.source) return;
  const same = shown.source !== null && shown.view === view?.id;
  shown = { source, view: view?.id };
  if (!view) return close();
  const typed = same ? inputs() : {};
  const focused = document.activeElement?.dataset?.input;
  const act = acting("click_in_modal", () => ({ values: inputs() }));
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
    send("submit", { values: inputs() }, submit);
  });
  dialog.replaceChildren(form);
  for (const field of dialog.querySelectorAll("[data-input]")) {
    if (field.dataset.input in typed) field.value = typed[field.dataset.input];
  }
  if (!dialog.open) open();
  const again = focused && dialog.querySelector(`[data-input="${CSS.escape(focused)}"]`);
  (dialog.querySelector("[aria-invalid]") ?? again)?.focus();
}

function open() {
  const { activeElement } = document;
  opener = { ts: activeElement?.closest("article")?.dataset.ts, action: activeElement?.dataset.action };
  dialog.showModal();
}

// The card may have been drawn anew meanwhile, so the browser cannot find the way back by itself.
function close() {
  dialog.close();
  dialog.replaceChildren();
  if (!opener?.ts) return;
  const card = document.querySelector(`article[data-ts="${CSS.escape(opener.ts)}"]`);
  card?.querySelector(`[data-action="${CSS.escape(opener.action ?? "")}"]`)?.focus();
}

function inputs() {
  const fields = [...dialog.querySelectorAll("[data-input]")];
  return Object.fromEntries(fields.map((field) => [field.dataset.input, field.value]));
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault(); // the sandbox closes it, so that the app hears of it if it wants to
  send("close", {});
});

// After the confirm dialog a link opens, and the bot hears of it all the same.
// https://docs.slack.dev/reference/block-kit/composition-objects/option-object
export function acting(action, more) {
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
  const yes = make("button", { type: "button", class: `button ${style ?? "primary"}` }, confirm.text);
  const no = make("button", { type: "button", class: "button" }, deny.text);
  yes.addEventListener("click", () => {
    question.close();
    go();
  });
  no.addEventListener("click", () => question.close());
  question.replaceChildren(
    make("header", {}, make("h2", { id: "confirm-title" }, title.text)),
    make("div", { class: "modal-body" }, textObject(text)),
    make("footer", {}, no, yes),
  );
  question.showModal();
  no.focus();
}
