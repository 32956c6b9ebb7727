// Slack's texts: mrkdwn, plain text and rich text, as nodes.
import { make, unknown } from "/page/dom.js";

// `code`, <link or mention>, *bold*, _italic_, ~strike~, line end. Marks count only at the edge of a word.
const TOKEN =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?![\s*])([^*\n]*[^\s*])\*(?![\w*])|(?<!\w)_(?![\s_])([^_\n]*[^\s_])_(?!\w)|(?<![\w~])~(?![\s~])([^~\n]*[^\s~])~(?![\w~])|(\n)/g;

let names = {};

export function knowUsers(users) {
  names = Object.fromEntries(Object.entries(users).map(([id, user]) => [id, user.name]));
}

// Markup is found while &, < and > are still escaped; only what is left as text is unescaped. The other way round,
// an escaped &lt;!channel&gt; in somebody's description would turn into a mention.
function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

// Slack brings its own pictures of emoji; a machine without a font for them still sees these.
const DOTS = { "🔴": "#e01e2b", "🟠": "#f2811d", "🟡": "#f2c41d", "🔵": "#2f7de1", "🟢": "#2eb67d", "⚪": "#d5d8dc" };

function pictured(text) {
  return text.split(/(🔴|🟠|🟡|🔵|🟢|⚪)/u).filter(Boolean).map((piece) => {
    if (!DOTS[piece]) return piece;
    const dot = make("span", { class: "emoji" }, piece);
    dot.style.setProperty("--dot", DOTS[piece]);
    return dot;
  });
}

export function mrkdwn(text) {
  const nodes = [];
  for (const [index, part] of text.split(/```/).entries()) {
    const isFence = index % 2 === 1;
    if (isFence) nodes.push(make("pre", {}, unescaped(part.replace(/^\n|\n$/g, ""))));
    else if (part) nodes.push(...lines(part));
  }
  return nodes;
}

function lines(text) {
  const nodes = [];
  for (const piece of text.split(/((?:^(?:&gt;|>)[^\n]*\n?)+)/m)) {
    if (/^(&gt;|>)/.test(piece)) {
      const quoted = piece.replace(/\n$/, "").replace(/^(&gt;|>) ?/gm, "");
      nodes.push(make("blockquote", {}, inline(quoted)));
    } else if (piece) nodes.push(...inline(piece));
  }
  return nodes;
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, code, reference, bold, italic, strike, newline] = match;
    if (match.index > end) nodes.push(...pictured(unescaped(text.slice(end, match.index))));
    end = match.index + whole.length;
    if (code) nodes.push(make("code", {}, unescaped(code)));
    else if (reference) nodes.push(referred(reference));
    else if (bold) nodes.push(make("b", {}, inline(bold)));
    else if (italic) nodes.push(make("i", {}, inline(italic)));
    else if (strike) nodes.push(make("s", {}, inline(strike)));
    else if (newline) nodes.push(make("br"));
  }
  if (end < text.length) nodes.push(...pictured(unescaped(text.slice(end))));
  return nodes;
}

function referred(reference) {
  const [target, label] = reference.split("|", 2).map(unescaped);
  if (target.startsWith("!date^")) {
    const [, seconds, format, url] = target.split("^");
    return link(url, [date(Number(seconds), format, label)]);
  }
  if (target.startsWith("@")) return mention("@" + (names[target.slice(1)] ?? target.slice(1)));
  if (target.startsWith("#")) return mention("#" + (label ?? target.slice(1)));
  if (target.startsWith("!")) return mention("@" + (label ?? target.slice(1).split("^")[0]));
  return link(target, [label ?? target]);
}

function mention(text) {
  return make("span", { class: "mention" }, text);
}

export function link(url, content) {
  if (!/^https?:\/\//i.test(url ?? "")) return make("span", {}, content);
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, content);
}

export function date(seconds, format, fallback) {
  const time = new Date(seconds * 1000);
  if (!Number.isFinite(seconds) || Number.isNaN(time.getTime())) return document.createTextNode(fallback ?? "");
  const day = (options) => time.toLocaleDateString("en", options);
  const near = { 0: "Today", "-1": "Yesterday", 1: "Tomorrow" };
  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
  const pretty = near[Math.round((midnight(time) - midnight(new Date())) / 86_400_000)];
  const short = day({ month: "short", day: "numeric", year: "numeric" });
  const long = day({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
  const plain = day({ month: "long", day: "numeric", year: "numeric" });
  const parts = {
    date: plain,
    date_num: `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`,
    date_short: short,
    date_long: long,
    date_pretty: pretty ?? plain,
    date_short_pretty: pretty ?? short,
    date_long_pretty: pretty ?? long,
    time: `${pad(time.getHours())}:${pad(time.getMinutes())}`,
    time_secs: `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`,
  };
  let known = true;
  const shown = (format ?? "").replace(/\{(\w+)\}/g, (whole, name) => {
    known &&= name in parts;
    return parts[name] ?? whole;
  });
  if (!known) return unknown("Unknown date format", format);
  return make("time", { datetime: time.toISOString(), title: fallback }, shown);
}

function pad(number) {
  return String(number).padStart(2, "0");
}

export function textObject(object) {
  if (object?.type === "mrkdwn") return mrkdwn(object.text);
  if (object?.type === "plain_text") return plain(object.text);
  return [unknown("Unknown text object", object ?? null)];
}

export function plain(text) {
  return text.split("\n").flatMap((line, index) => (index ? [make("br"), ...pictured(line)] : pictured(line)));
}

export function richText(part) {
  switch (part.type) {
    case "rich_text_section":
      return make("div", { class: "rich" }, part.elements.map(richElement));
    case "rich_text_preformatted":
      return make("pre", {}, part.elements.map(richElement));
    case "rich_text_quote":
      return make("blockquote", {}, part.elements.map(richElement));
    case "rich_text_list": {
      const items = part.elements.map((item) => make("li", {}, item.elements.map(richElement)));
      return make(part.style === "ordered" ? "ol" : "ul", { class: `indent-${part.indent ?? 0}` }, items);
    }
    default:
      return unknown("Unknown rich text", part);
  }
}

function richElement(element) {
  const nodes = richContent(element);
  const style = element.style ?? {};
  const tags = { code: "code", bold: "b", italic: "i", strike: "s", underline: "u" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? [make(tag, {}, inner)] : inner), nodes);
}

function richContent(element) {
  switch (element.type) {
    case "text":
      return plain(element.text);
    case "link":
      return [link(element.url, [element.text ?? element.url])];
    case "emoji":
      return [
        element.unicode
          ? String.fromCodePoint(...element.unicode.split("-").map((code) => parseInt(code, 16)))
          : `:${element.name}:`,
      ];
    case "user":
      return [mention("@" + (names[element.user_id] ?? element.user_id))];
    case "date":
      return [link(element.url, [date(element.timestamp, element.format, element.fallback)])];
    default:
      return [unknown("Unknown rich text element", element)];
  }
}
