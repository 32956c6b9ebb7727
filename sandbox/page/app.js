// The page: draws what the chosen person sees, whenever it has changed.
import "/page/composer.js";
import { make } from "/page/dom.js";
import { drawDrawer } from "/page/drawer.js";
import { drawMessages } from "/page/messages.js";
import { drawModal } from "/page/modal.js";
import { drawPanel, preparePanel } from "/page/panel.js";
import { knowUsers } from "/page/text.js";
import { become, me, start } from "/page/wire.js";

const byId = (id) => document.getElementById(id);

function draw(state) {
  knowUsers(state.users);
  drawPeople(state);
  drawPanel(state); // before the messages: it changes how much room they have
  drawMessages(state);
  drawModal(state.modal);
  drawDrawer(state);
  for (const id of ["channel", "sidebar-channel"]) byId(id).textContent = state.channel;
}

function drawPeople(state) {
  if (byId("people").dataset.user === me()) return;
  byId("people").dataset.user = me();
  const buttons = state.people.map((person) => {
    const note = person.note ? make("small", {}, ` ${person.note}`) : null;
    const button = make("button", { type: "button", "aria-pressed": String(person.id === me()) }, person.name, note);
    button.addEventListener("click", () => become(person.id));
    return button;
  });
  byId("people").replaceChildren(...buttons);
}

await preparePanel();
start(draw);
