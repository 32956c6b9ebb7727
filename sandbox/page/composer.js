// Where a person writes: a slash command, with what it can do, or just a message.
import { make } from "/page/dom.js";
import { send } from "/page/wire.js";

const COMMANDS = [
  ["/sg-changes", "the latest changes"],
  ["/sg-changes web-prod", "the changes of one group"],
  ["/sg-changes rules web-prod", "its rules now"],
  ["/sg-changes unacked", "what nobody has acknowledged"],
  ["/sg-changes help", "what else it can do"],
];

const say = document.getElementById("say");
const hints = document.getElementById("hints");

function hint() {
  const fitting = COMMANDS.filter(([text]) => say.value.startsWith("/") && text.startsWith(say.value.trim()) && text !== say.value);
  hints.hidden = fitting.length === 0;
  hints.replaceChildren(
    ...fitting.map(([text, note]) => {
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
  if (event.key === "Escape") hints.hidden = true;
});
document.getElementById("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = say.value.trim();
  if (!text) return;
  say.value = "";
  hint();
  await send("say", { text });
  document.getElementById("messages").scrollTop = document.getElementById("messages").scrollHeight;
});
