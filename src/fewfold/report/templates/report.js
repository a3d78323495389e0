"use strict";
(() => {
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

  for (const box of document.querySelectorAll("[data-switch]")) {
    const plates = [...box.querySelectorAll(":scope > details")];
    if (plates.length < 2) continue;
    const label = make("label", box.dataset.switch + " ");
    const select = document.createElement("select");
    plates.forEach((plate, k) => select.append(new Option(plate.dataset.name, String(k))));
    const show = () => plates.forEach((plate, k) => {
      plate.classList.toggle("other", k !== Number(select.value));
      if (k === Number(select.value)) plate.open = true;
    });
    select.addEventListener("change", show);
    label.className = "switch";
    label.append(select);
    box.prepend(label);
    box.classList.add("switched");
    show();
  }

  const paragraph = document.getElementById("paragraph");
  const button = make("button", "Copy the paragraph");
  const said = make("span", "");
  button.type = "button";
  said.setAttribute("role", "status");
  const byHand = () => {
    getSelection().selectAllChildren(paragraph);
    let done = false;
    try { done = document.execCommand("copy"); } catch { done = false; }
    return done ? " Copied." : " Selected: press Ctrl+C or ⌘C.";
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(paragraph.textContent);
      said.textContent = " Copied.";
    } catch {
      said.textContent = byHand();
    }
  });
  const row = make("p", "");
  row.className = "copy";
  row.append(button, said);
  paragraph.after(row);

  const mark = () => {
    for (const box of document.querySelectorAll(".scroll")) box.classList.toggle("wide", box.scrollWidth > box.clientWidth + 1);
  };
  addEventListener("resize", mark);
  document.addEventListener("toggle", mark, true);
  mark();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open]):not(.bulk)")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
})();
