// Block Kit as elements. `act(element, block, option, source)` is called when somebody uses an interactive element:
// `option` is what they chose of a menu, `source` what they used.
import { make, unknown } from "/page/dom.js";
import { link, plain, richText, textObject } from "/page/text.js";

export function renderBlocks(blocks, act, errors = {}) {
  return blocks.map((block) => renderBlock(block, act, errors));
}

function renderBlock(block, act, errors) {
  switch (block.type) {
    case "section":
      return section(block, act);
    case "divider":
      return make("hr");
    case "header":
      return make("h3", { class: "block-header" }, plain(block.text.text));
    case "context":
      return make("div", { class: "context" }, block.elements.map(contextElement));
    case "actions":
      return make("div", { class: "actions" }, block.elements.map((element) => interactive(element, block, act)));
    case "input":
      return input(block, act, errors[block.block_id]);
    case "image":
      return make("figure", {}, block.title ? make("figcaption", {}, plain(block.title.text)) : null, image(block));
    case "rich_text":
      return make("div", { class: "rich-text" }, block.elements.map(richText));
    default:
      return unknown("Unknown block", block);
  }
}

function section(block, act) {
  const fields = block.fields
    ? make("div", { class: "fields" }, block.fields.map((field) => make("div", {}, textObject(field))))
    : null;
  const text = block.text ? make("div", { class: "section-text" }, textObject(block.text)) : null;
  const body = make("div", { class: "section-body" }, text, fields);
  const accessory = block.accessory
    ? block.accessory.type === "image"
      ? image(block.accessory)
      : interactive(block.accessory, block, act)
    : null;
  return make("div", { class: "section" }, body, accessory);
}

function contextElement(element) {
  return element.type === "image" ? image(element) : make("span", {}, textObject(element));
}

function image(element) {
  if (!/^https?:\/\//i.test(element.image_url)) return unknown("Image without a web address", element);
  return make("img", { src: element.image_url, alt: element.alt_text });
}

function interactive(element, block, act) {
  const shared = { "data-action": element.action_id, "data-value": element.value };
  switch (element.type) {
    case "button": {
      const label = { class: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label };
      const button = make("button", { type: "button", ...shared, ...label }, plain(element.text.text));
      button.addEventListener("click", () => act(element, block, undefined, button));
      return button;
    }
    case "overflow":
      return overflow(element, block, act, shared);
    case "static_select": {
      const label = element.placeholder?.text ?? "Choose an option";
      const select = choices(element, { ...shared, "data-input": inputName(block, element), "aria-label": label });
      select.addEventListener("change", () => {
        const chosen = element.options.find((option) => option.value === select.value);
        if (chosen) act(element, block, chosen, select);
      });
      return select;
    }
    default:
      return unknown("Unknown element", element);
  }
}

function overflow(element, block, act, shared) {
  const properties = { type: "button", class: "button overflow", ...shared };
  const described = { "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": "false" };
  const opener = make("button", { ...properties, ...described }, "⋯");
  const menu = make("div", { class: "menu", role: "menu", hidden: true });
  const box = make("span", { class: "menu-box" }, opener, menu);
  const show = (shown) => {
    menu.hidden = !shown;
    opener.setAttribute("aria-expanded", String(shown));
    if (!shown) return;
    // Above the button and to its left, or wherever there is room.
    menu.classList.remove("below", "rightwards");
    const room = box.closest("#messages, .modal-body").getBoundingClientRect();
    menu.classList.toggle("below", menu.getBoundingClientRect().top < room.top);
    menu.classList.toggle("rightwards", menu.getBoundingClientRect().left < room.left);
    menu.firstElementChild.focus();
  };
  for (const option of element.options) {
    const item = make("button", { type: "button", role: "menuitem", tabindex: "-1", "data-option": option.value });
    item.append(...plain(option.text.text));
    if (option.url) item.append(make("span", { class: "leads-out", "aria-label": "(opens a page)" }, "↗"));
    if (option.description) item.append(make("small", {}, plain(option.description.text)));
    item.addEventListener("click", () => {
      show(false);
      opener.focus();
      act(element, block, option, opener);
    });
    menu.append(item);
  }
  opener.addEventListener("click", () => show(menu.hidden));
  box.addEventListener("keydown", (event) => {
    const items = [...menu.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && !menu.hidden) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
      opener.focus();
    } else if (step && !menu.hidden) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    }
  });
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) show(false);
  });
  return box;
}

function inputName(block, element) {
  return `${block.block_id}/${element.action_id}`;
}

function choices(element, properties) {
  const select = make("select", properties);
  if (!element.initial_option) {
    select.append(make("option", { value: "" }, element.placeholder?.text ?? "Choose an option"));
  }
  for (const option of element.options) {
    const chosen = element.initial_option?.value === option.value;
    select.append(make("option", { value: option.value, selected: chosen }, option.text.text));
  }
  return select;
}

// One field to the form, as the others are: its value is what is ticked, one to a line.
function checkboxes(element, properties) {
  const group = make("div", { ...properties, role: "group", class: "checkboxes" });
  const boxes = element.options.map((option) => make("input", { type: "checkbox", value: option.value }));
  boxes.forEach((box, index) => group.append(make("label", {}, box, ...plain(element.options[index].text.text))));
  Object.defineProperty(group, "value", {
    get: () => boxes.filter((box) => box.checked).map((box) => box.value).join("\n"),
    set: (value) => boxes.forEach((box) => (box.checked = value.split("\n").includes(box.value))),
  });
  return group;
}

function input(block, act, error) {
  const { element } = block;
  const id = `input-${block.block_id}`;
  const shared = {
    id,
    "data-input": inputName(block, element),
    "aria-describedby": `${id}-note`,
    "aria-invalid": error ? "true" : null,
    "aria-required": String(!block.optional),
  };
  let field;
  if (element.type === "plain_text_input") {
    const limits = { placeholder: element.placeholder?.text, maxlength: element.max_length, rows: 4 };
    field = make(element.multiline ? "textarea" : "input", { ...shared, ...limits });
    field.value = element.initial_value ?? "";
  } else if (element.type === "static_select") {
    field = choices(element, shared);
  } else if (element.type === "checkboxes") {
    field = checkboxes(element, shared);
  } else return unknown("Unknown input", element);
  if (element.focus_on_load) field.autofocus = true;
  const optional = block.optional ? make("small", {}, " (optional)") : null;
  const notes = make("div", { id: `${id}-note` });
  if (error) notes.append(make("div", { class: "field-error", role: "alert" }, error));
  if (block.hint) notes.append(make("small", { class: "hint" }, plain(block.hint.text)));
  return make("div", { class: "input" }, make("label", { for: id }, plain(block.label.text), optional), field, notes);
}

const COLORS = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

export function renderAttachment(attachment, act) {
  const color = COLORS[attachment.color] ?? (/^[0-9a-f]{3,8}$/i.test(attachment.color) ? `#${attachment.color}` : "#ddd");
  const body = make("div", { class: "attachment" });
  body.style.setProperty("--bar", color);
  if (attachment.blocks) body.append(...renderBlocks(attachment.blocks, act));
  else {
    const title = attachment.title ? link(attachment.title_link, [attachment.title]) : null;
    if (attachment.pretext) body.append(make("div", {}, textObject({ type: "mrkdwn", text: attachment.pretext })));
    if (title) body.append(make("b", {}, title));
    if (attachment.text) body.append(make("div", {}, textObject({ type: "mrkdwn", text: attachment.text })));
    if (attachment.footer) body.append(make("small", {}, attachment.footer));
  }
  return body;
}
