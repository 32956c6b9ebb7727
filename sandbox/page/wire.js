// What goes between the page and the sandbox: the state, polled, and what the chosen person does.
const POLL_MILLISECONDS = 400;
export const JO = "U04JOPARK01";

let user = location.hash.slice(1) || JO; // in the address, so that two tabs can be two people
let version = null;
let timer = null;
let draw = () => {};

export const me = () => user;
export const isFirst = () => version === null;

export function start(drawing) {
  draw = drawing;
  poll();
}

export function become(person) {
  user = person;
  history.replaceState(null, "", `#${person}`);
  version = null;
  poll();
}

async function poll() {
  clearTimeout(timer);
  const offline = document.getElementById("offline");
  try {
    const asked = user;
    const state = await ask(`/state?user=${asked}&since=${version}`);
    offline.hidden = true;
    if (state.messages && asked === user) {
      draw(state);
      version = state.version;
    }
  } catch (error) {
    offline.hidden = !(error instanceof TypeError); // what fetch throws when nobody answers
    version = null;
    if (!(error instanceof TypeError)) throw error;
  } finally {
    clearTimeout(timer);
    timer = setTimeout(poll, POLL_MILLISECONDS);
  }
}

export async function ask(path) {
  return (await fetch(path)).json();
}

// Gives what came of it: "said", a sentence, or "error" and the "field" that it is about.
export async function send(action, asked, source) {
  if (source?.classList.contains("busy")) return {};
  source?.classList.add("busy"); // not disabled: that would take the focus away
  try {
    const body = JSON.stringify({ user, ...asked });
    const headers = { "Content-Type": "application/json" };
    return await (await fetch(`/do/${action}`, { method: "POST", body, headers })).json();
  } finally {
    source?.classList.remove("busy");
    await poll();
  }
}
