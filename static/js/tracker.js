// What makes the pages quicker. Each works without it.
"use strict";

// What is below the first screen is laid out once the page is there, a part at a time; at once when a place in it is asked for.
const layOut = (() => {
  const late = [...document.querySelectorAll(".late")];
  const lay = () => late.shift()?.classList.remove("late");
  const all = () => { while (late.length) lay(); };
  const later = window.requestIdleCallback ?? ((then) => setTimeout(then, 50));
  const next = () => { lay(); if (late.length) later(next); };
  const loadedAnew = performance.getEntriesByType("navigation")[0]?.type !== "navigate";
  if (location.hash || loadedAnew || document.querySelector(".margin .on")) all();
  else if (late.length) window.addEventListener("load", () => later(next));
  document.addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) all(); }, true);
  return all;
})();

(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  // The same place of the page in another language; what was chosen meanwhile too, which the link does not know.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".langs a");
    if (!link) return;
    link.hash = location.hash;
    if (!reader) return;
    const chosen = new URL(location.href).searchParams.get("c"), address = new URL(link.href);
    if (chosen) address.searchParams.set("c", chosen); else address.searchParams.delete("c");
    link.href = address;
  });

  // The reader: hover lights a clause in every language, j and k walk through the clauses.
  const reader = document.querySelector("[data-reader]");
  const all = (key) => reader.querySelectorAll(`[data-c="${CSS.escape(key)}"]`);

  const select = (key) => {
    reader.querySelectorAll(".on[data-c]").forEach((element) => element.classList.remove("on"));
    all(key).forEach((element) => element.classList.add("on"));
    const address = new URL(location.href);
    const code = key.split(":").pop();
    address.searchParams.set("c", code);
    address.hash = code;
    history.replaceState(null, "", address);
  };

  if (reader) {
    const light = (event, lit) => {
      const clause = event.target.closest("[data-c]");
      if (clause) all(clause.dataset.c).forEach((element) => element.classList.toggle("hover", lit));
    };
    reader.addEventListener("mouseover", (event) => light(event, true));
    reader.addEventListener("mouseout", (event) => light(event, false));
    // The panel of a clause that was opened by key takes the focus; Escape and Close give it back and show the key again.
    const panel = reader.querySelector(".panel");
    const shown = panel.querySelector("#panel");
    const legend = panel.classList.contains("idle") ? shown.innerHTML : null;
    let stepping = true; // until Enter is pressed
    let asked = new AbortController(); // the panel that is under way
    const close = (event) => {
      asked.abort();
      if (legend === null) return; // the page came with a clause chosen: the link leads to the page without it
      event.preventDefault();
      const mark = reader.querySelector(".margin a.m.on");
      reader.querySelectorAll(".on[data-c]").forEach((element) => element.classList.remove("on"));
      shown.innerHTML = legend;
      panel.classList.add("idle");
      const address = new URL(location.href);
      address.searchParams.delete("c");
      address.hash = "";
      history.replaceState(null, "", address);
      mark?.focus({ preventScroll: true });
    };
    panel.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) close(event); });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.classList.contains("idle")) panel.querySelector("[data-close]")?.click();
    });
    reader.addEventListener("keydown", (event) => { stepping = event.key !== "Enter"; }, true);
    reader.addEventListener("mousedown", () => { stepping = true; }, true);
    const leave = () => asked.abort();
    reader.addEventListener("click", async (event) => {
      const link = event.target.closest("a[data-panel]");
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      select(link.dataset.c);
      asked.abort();
      asked = new AbortController();
      window.addEventListener("beforeunload", leave); // some browsers break it off with an error like any other
      try {
        const reply = await fetch(link.dataset.panel, { signal: asked.signal, headers: { Accept: "text/html" } });
        if (!reply.ok) throw new Error(reply.status);
        const part = new DOMParser().parseFromString(await reply.text(), "text/html");
        shown.replaceChildren(...part.body.childNodes);
      } catch (error) {
        if (error.name === "AbortError") return;
        if (link.href === location.href) return location.reload(); // its page says what is wrong
        return location.assign(link.href);
      } finally {
        window.removeEventListener("beforeunload", leave);
      }
      panel.classList.remove("idle");
      if (!stepping) shown.focus({ preventScroll: true });
      stepping = true;
    });
    const chosen = reader.querySelector(".margin a.m.on");
    if (chosen && !location.hash) chosen.scrollIntoView({ block: "start" });
    if (!new URL(location.href).searchParams.has("c") && /^#[A-Z]+\d+\.[a-z]$/.test(location.hash)) {
      document.getElementById(location.hash.slice(1))?.click();
    }
  }

  const step = (by) => {
    const marks = [...reader.querySelectorAll(".margin a.m")];
    const at = marks.findIndex((mark) => mark.classList.contains("on"));
    const next = marks[at < 0 ? (by > 0 ? 0 : marks.length - 1) : at + by];
    if (next) {
      layOut();
      next.click();
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "start" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && event.target.matches("[data-search]") && !event.target.value) return event.preventDefault(); // it is there already
    if (typing(event.target)) return;
    if (event.key === "/") {
      const field = document.querySelector("input[type=search]");
      event.preventDefault();
      if (field) field.focus();
      else document.querySelector(".find")?.click();
    } else if (reader && event.key === "j") step(1);
    else if (reader && event.key === "k") step(-1);
    else if (event.key === "?") location.assign(document.querySelector("a[data-help]").href);
  });
})();

// A search answers while it is typed: the same page, its part that was found put in place of the one before.
(() => {
  const form = document.querySelector("form[data-live]");
  if (!form) return;
  let waiting = 0;
  let asked = new AbortController();
  const composing = { now: false }; // pinyin that is not a word yet
  const ask = async () => {
    asked.abort();
    asked = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    const address = `${form.getAttribute("action")}?${query}`;
    const found = document.getElementById(form.dataset.live);
    const told = document.querySelector("[data-told]"); // is read aloud
    try {
      const reply = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const there = reply.ok && page.getElementById(form.dataset.live);
      found.replaceChildren(...(there ? there.childNodes : []));
      // What was refused is said in the words of its page; the form itself shows it in full.
      told.textContent = (there ? page.querySelector("[data-told]") : page.querySelector("main h1"))?.textContent ?? "";
      if (!there) return;
      document.title = page.title;
      for (const link of document.querySelectorAll(".langs a")) {
        const other = new URL(link.href);
        other.searchParams.delete("group");
        for (const [name, value] of query) if (name !== "lang") other.searchParams.set(name, value);
        link.href = other;
      }
      history.replaceState(null, "", address);
    } catch (error) {
      if (error.name === "AbortError") return;
      found.replaceChildren(); // the button still asks
      told.textContent = "…";
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    if (!composing.now) waiting = setTimeout(ask, 200);
  };
  form.addEventListener("compositionstart", () => { composing.now = true; });
  form.addEventListener("compositionend", () => { composing.now = false; soon(); });
  form.addEventListener("input", soon);
})();

// Drafts save themselves a moment after the last key; the page says so, and says when it could not.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const said = form.querySelector("[data-saved]");
  let waiting = 0;
  let busy = Promise.resolve();
  const save = async () => {
    const data = new FormData(form);
    data.delete("upload"); // a file goes with the form itself
    try {
      const reply = await fetch(form.dataset.autosave, { method: "POST", body: data, credentials: "same-origin" });
      const told = await reply.json();
      if (told.saved) form.elements.version.value = told.version;
      said.textContent = told.saved ? `${told.words} ${new Date().toTimeString().slice(0, 5)}` : told.reason;
    } catch {
      said.textContent = "…"; // the next key tries again; the form keeps what is typed
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { busy = busy.then(save); }, 1200);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (form.dataset.sent) return;
    event.preventDefault(); // a save that is under way changes the version
    const button = event.submitter;
    // In a task of its own: while the first submission is still being cancelled, a second one is ignored.
    busy.then(() => setTimeout(() => { form.dataset.sent = "yes"; form.requestSubmit(button); }));
  });
})();

// A table that was being worked on is done: show its rows.
document.addEventListener("htmx:afterSwap", () => {
  if (document.querySelector("[data-reload]")) location.reload();
});
