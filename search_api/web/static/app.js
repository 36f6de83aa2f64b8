// Comfort only: every page does its work without this file.

const root = document.documentElement;

function appearance() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const names = { system: "selon le système", light: "claire", dark: "sombre" };
  const order = ["system", "light", "dark"];
  let now = root.getAttribute("data-fr-theme") ?? "system";
  const show = () => {
    button.textContent = `Apparence\u00a0: ${names[now]}`;
  };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    now = order[(order.indexOf(now) + 1) % order.length];
    if (now === "system") root.removeAttribute("data-fr-theme");
    else root.setAttribute("data-fr-theme", now);
    try {
      if (now === "system") localStorage.removeItem("reuni-apparence");
      else localStorage.setItem("reuni-apparence", now);
    } catch {
      // Storage is refused: the choice lasts as long as the page.
    }
    show();
  });
}

function suggestions() {
  const input = document.querySelector("[data-suggest]");
  if (!input) return;
  const list = document.createElement("datalist");
  list.id = "suggestions";
  input.after(list);
  input.setAttribute("list", list.id);
  let asked = 0;
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = input.value.trim();
    if (typed.length < 2 || typed.length > 200) {
      list.replaceChildren();
      return;
    }
    timer = setTimeout(async () => {
      const turn = ++asked;
      let found = [];
      try {
        const answer = await fetch(`/api/v1/suggest?q=${encodeURIComponent(typed)}`);
        if (answer.ok) found = (await answer.json()).suggestions;
      } catch {
        // The box works without suggestions.
      }
      if (turn !== asked) return;
      list.replaceChildren(
        ...found.map((text) => {
          const option = document.createElement("option");
          option.value = text;
          return option;
        }),
      );
    }, 150);
  });
}

function keyboard() {
  const links = [...document.querySelectorAll("[data-hit-link]")];
  const question = document.getElementById("question");
  const typing = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && event.target === question) question.blur();
      return;
    }
    const at = links.indexOf(document.activeElement);
    let to = null;
    if (event.key === "j") to = links[Math.min(at + 1, links.length - 1)];
    else if (event.key === "k") to = links[Math.max(at - 1, 0)];
    else if (event.key === "/") to = question;
    else if (event.key === "?") {
      location.assign("/aide#clavier");
      return;
    }
    if (!to) return;
    event.preventDefault();
    to.focus();
    if (to === question) question.select();
    else to.closest("[data-hit]")?.scrollIntoView({ block: "nearest" });
  });
}

function copying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) return;
    const said = button.parentElement.querySelector("[data-copied]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).innerText.trim();
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = "Citation copiée";
      } catch {
        said.textContent = "La copie est refusée par le navigateur\u00a0: sélectionnez le texte ci-dessus";
      }
    });
  }
}

appearance();
copying();
suggestions();
keyboard();
